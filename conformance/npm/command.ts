import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A program to run. */
export interface Command {
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** After this it is killed, with all that it started (ms). */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Hears each line of standard output. */
  onLine?(line: string): void;
}

/** What a program said, and how it ended. */
export interface Ended {
  /** Exit code; null: killed by a signal. */
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  /** It did not end by itself within its time. */
  readonly late: boolean;
}

/** A program that runs. */
export interface Running {
  readonly ended: Promise<Ended>;
  /** Ends its standard input: programs of this folder take that as the wish to finish. */
  finish(): void;
  send(signal: NodeJS.Signals): void;
  /** Ends the program and all that it started, at once. */
  kill(): void;
}

/** More than this is not kept of an output. */
const KEPT_CHARACTERS = 1_000_000;

const keep = (text: string, more: string): string =>
  text.length >= KEPT_CHARACTERS ? text : (text + more).slice(0, KEPT_CHARACTERS);

/** Starts a program in a process group of its own. `ended` never rejects, but for a program that cannot be started. */
export function startCommand(command: Command): Running {
  const { argv, cwd, env, timeoutMs, signal, onLine } = command;
  signal.throwIfAborted();
  const [file, ...args] = argv;
  const child = spawn(file, args, { cwd, env, stdio: 'pipe', detached: true });
  let out = '';
  let err = '';
  let late = false;
  const kill = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // The group has ended.
    }
  };
  child.stdin.on('error', () => {});
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out = keep(out, text);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err = keep(err, text);
  });
  if (onLine) createInterface({ input: child.stdout }).on('line', onLine);
  const deadline = setTimeout(() => {
    late = true;
    kill();
  }, timeoutMs);
  signal.addEventListener('abort', kill, { once: true });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      kill();
      resolve({ code, out: out.trim(), err: err.trim(), late });
    });
  }).finally(() => {
    clearTimeout(deadline);
    signal.removeEventListener('abort', kill);
  });
  return { ended, finish: () => child.stdin.end(), send: (name) => void child.kill(name), kill };
}

/** Runs a program to its end, without standard input. */
export function runCommand(command: Command): Promise<Ended> {
  const running = startCommand(command);
  running.finish();
  return running.ended;
}

/** Runs a program that must succeed; rejects with its last words. */
export async function mustRun(command: Command): Promise<Ended> {
  const ended = await runCommand(command);
  if (ended.code === 0) return ended;
  throw new Error(`${command.argv.slice(0, 3).join(' ')}: ${lastWords(ended)}`);
}

/** How a program failed, in one line. */
export function lastWords({ code, out, err, late }: Ended): string {
  const lines = `${out}\n${err}`.split('\n').filter((line) => line.trim() !== '');
  const error = lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1) ?? 'without a word';
  return `${late ? 'did not end' : `exit ${code}`}: ${error.trim().slice(0, 300)}`;
}
