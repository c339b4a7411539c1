import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { startFairlead, until } from './harness.js';

const MANIFEST = new URL('../../examples/quickstart/serv-ca.yaml', import.meta.url).pathname;

/** Processes that have the sandbox's API address in their environment or its run directory in their arguments. */
function processesOf(runDir: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const text =
          readFileSync(`/proc/${pid}/cmdline`, 'utf8') + readFileSync(`/proc/${pid}/environ`, 'utf8');
        return text.includes(runDir) ? [pid] : [];
      } catch {
        return [];
      }
    });
}

async function upWithPods() {
  const sandbox = startFairlead(['sandbox', 'up', '-f', MANIFEST, '--port', '0']);
  await until('the sandbox is ready', () => sandbox.output.stdout.startsWith('ready '));
  const runDir = /kubeconfig=(\S+)\/kubeconfig/.exec(sandbox.output.stdout)![1]!;
  await until('four pods run', () => processesOf(runDir).length >= 5);
  return { ...sandbox, runDir };
}

it.each(['SIGTERM', 'SIGINT'] as const)('%s ends every pod and leaves nothing', async (signal) => {
  const { child, exited, runDir } = await upWithPods();
  child.kill(signal);
  expect(await exited).toEqual({ code: 0, signal: null });
  expect(processesOf(runDir)).toEqual([]);
  expect(() => readdirSync(runDir)).toThrow(/ENOENT/);
});

it('kill -9 leaves nothing, and the next start works', async () => {
  const first = await upWithPods();
  first.child.kill('SIGKILL');
  await first.exited;
  await until('the pods are gone', () => processesOf(first.runDir).length === 0, 15_000);
  await until('the run directory is gone', () => {
    try {
      readdirSync(first.runDir);
      return false;
    } catch {
      return true;
    }
  });
  const second = await upWithPods();
  second.child.kill('SIGTERM');
  expect(await second.exited).toEqual({ code: 0, signal: null });
});

it('finishes what a sandbox and its reaper left that were killed together', async () => {
  const first = await upWithPods();
  const reaper = Number(readFileSync(`${first.runDir}/reaper`, 'utf8').split(' ')[0]);
  first.child.kill('SIGSTOP');
  process.kill(reaper, 'SIGKILL');
  first.child.kill('SIGKILL');
  await first.exited;
  const second = await upWithPods();
  expect(processesOf(first.runDir)).toEqual([]);
  second.child.kill('SIGTERM');
  await second.exited;
});

it.each([
  [['--image', 'nonsense'], /--image "nonsense": NAME=COMMAND is accepted/],
  [['-f', '/nowhere.yaml'], /-f \/nowhere\.yaml: ENOENT/],
  [['--port', '70000'], /a port is a whole number/],
])('refuses %j in one line', async (args, text) => {
  const { output, exited } = startFairlead(['sandbox', 'up', ...args]);
  expect((await exited).code).toBe(2);
  expect(output.stderr).toMatch(text);
});
