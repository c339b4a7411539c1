import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** A program and what it needs. */
export interface Command {
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A program that speaks in lines and lives as long as its standard input. */
export interface Program {
  readonly pid: number;
  /** What it said first. */
  readonly first: string;
  /** What it says from then on. */
  onLine(listener: (line: string) => void): void;
  /** The end of what it has said on standard error. */
  errors(): string;
  /** Writes a line to its standard input. */
  say(line: string): void;
  /** Rejects when it ended by itself before, with what it said last. */
  close(): Promise<void>;
}

/** A program must be gone so soon after the end of its standard input (ms). */
const PATIENCE_MS = 20_000;
/** Enough for the end of a stack trace. */
const TAIL_CHARS = 2_000;

/** Variables that would send calls past every resolver are not passed on. */
function environment(more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const { http_proxy, https_proxy, grpc_proxy, no_proxy, ...rest } = process.env;
  return { ...rest, ...more };
}

/** Starts a program that lives as long as its standard input; resolves with its first line. */
export async function startProgram({ argv, env = {} }: Command): Promise<Program> {
  const [file = '', ...args] = argv;
  const child: ChildProcessByStdio<Writable, Readable, Readable> = spawn(file, args, {
    env: environment(env),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let tail = '';
  child.stderr.on('data', (chunk) => {
    tail = `${tail}${chunk}`.slice(-TAIL_CHARS);
  });
  child.stdin.on('error', () => {});
  const exited = once(child, 'close').then(
    ([code, signal]) => `ended with ${signal ?? code}: ${tail.trim()}`,
  );
  exited.catch(() => {});
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([
    once(lines, 'line').then(([line]) => String(line)),
    exited.then((end) => Promise.reject(new Error(`${argv.slice(0, 3).join(' ')} ${end}`))),
  ]);
  return {
    pid: child.pid ?? 0,
    first,
    onLine: (listener) => void lines.on('line', listener),
    errors: () => tail,
    say: (line) => void child.stdin.write(`${line}\n`),
    async close() {
      const early = child.exitCode !== null || child.signalCode !== null;
      child.stdin.end();
      const kill = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
      const end = await exited;
      clearTimeout(kill);
      if (early) throw new Error(`${argv.slice(0, 3).join(' ')} ${end}`);
    },
  };
}
