import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Reaper } from '@fairlead/sandbox/nodes';
import type { PartContext } from '../part.js';
import { SOCKET_VARIABLE } from './control-socket.js';
import type { TestLine } from './reporter.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export interface TestsOptions {
  /** Files below the root of the repository. */
  readonly files: readonly string[];
  /** Socket of the control plane. */
  readonly socket: string;
  readonly reaper: Reaper;
  readonly context: PartContext;
  /** Before the names of the cases. */
  readonly prefix?: string;
}

/** Runs test files of the project on the cluster behind the socket; each test is a case. */
export async function runTests({ files, socket, reaper, context, prefix = '' }: TestsOptions): Promise<void> {
  // One file at a time: they share the cluster, and some stop its API server.
  const vitest = [
    here('../../../node_modules/vitest/vitest.mjs'),
    ...['run', '--project', 'e2e', '--no-file-parallelism'],
  ];
  const child = spawn(process.execPath, [...vitest, `--reporter=${here('./reporter.js')}`, ...files], {
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      FAIRLEAD_TEST_CLUSTER: here('./test-cluster.js'),
      [SOCKET_VARIABLE]: socket,
    },
  });
  const { pid } = child;
  if (pid === undefined) throw new Error('vitest cannot be started');
  reaper.add(pid);
  const stop = (): void => void child.kill('SIGTERM');
  context.signal.addEventListener('abort', stop, { once: true });
  let seen = 0;
  let trouble = '';
  child.stderr.on('data', (chunk) => {
    trouble = `${trouble}${chunk}`.slice(-2000);
  });
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    const found = parseLine(line);
    if (!found) return;
    seen++;
    context.report({ case: `${prefix}${found.test}`, expected: 'passes', got: found.got });
  });
  const [code] = await once(child, 'close');
  context.signal.removeEventListener('abort', stop);
  reaper.remove(pid);
  if (seen === 0) throw new Error(`vitest ended with ${code} and no test: ${trouble.trim()}`);
}

/** Other lines are what tests print. */
function parseLine(line: string): TestLine | undefined {
  try {
    const value = JSON.parse(line) as Partial<TestLine>;
    return value.test !== undefined && value.got !== undefined
      ? { test: value.test, got: value.got }
      : undefined;
  } catch {
    return undefined;
  }
}
