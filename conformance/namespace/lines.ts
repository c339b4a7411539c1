import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { PartContext } from '../part.js';
import { namespaceCommand } from './namespace.js';

/** What a program inside a namespace says, one line of JSON each. */
type Line =
  | { readonly log: string }
  | { readonly found: Parameters<PartContext['report']>[0] }
  | { readonly failed: string };

const say = (line: Line): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

/**
 * The context of a part for a program inside a namespace: it speaks on standard output, and its signal aborts when
 * standard input ends, whatever ended the command outside.
 */
export function lineContext(): PartContext {
  const stop = new AbortController();
  const over = (): void => stop.abort(new Error('the command has ended'));
  process.stdin.on('error', over).once('close', over).resume();
  // Standard input must not keep the process when the work is done.
  if ('unref' in process.stdin) process.stdin.unref();
  // Ctrl-C reaches the whole foreground group; the end comes in order, through standard input.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', over);
  process.stdout.on('error', over);
  return { signal: stop.signal, log: (log) => say({ log }), report: (found) => say({ found }) };
}

/** Ends a program inside a namespace with the reason. */
export function fail(error: unknown): void {
  say({ failed: error instanceof Error ? error.message : String(error) });
  process.exitCode = 1;
}

/** After the end of standard input a program has so long to leave nothing behind (ms). */
const END_MS = 30_000;

/** Runs a Node.js program in a network namespace of its own and passes on what it says. */
export async function runInNamespace(argv: readonly string[], context: PartContext): Promise<void> {
  const way = await namespaceCommand();
  if (!way) throw new Error('network namespaces are denied');
  const [command = '', ...args] = [...way, process.execPath, ...argv];
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.on('error', () => {});
  let kill: NodeJS.Timeout | undefined;
  const end = (): void => {
    child.stdin.end();
    kill = setTimeout(() => child.kill('SIGKILL'), END_MS);
  };
  context.signal.addEventListener('abort', end, { once: true });
  let failed: string | undefined;
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = JSON.parse(text) as Line;
    if ('log' in line) context.log(line.log);
    else if ('found' in line) context.report(line.found);
    else failed = line.failed;
  });
  const [code, signal] = await once(child, 'close');
  clearTimeout(kill);
  context.signal.removeEventListener('abort', end);
  if (failed !== undefined) throw new Error(failed);
  if (code !== 0) throw new Error(`the run in the namespace ended with ${signal ?? `exit code ${code}`}`);
}
