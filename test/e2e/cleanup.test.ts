import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { fairlead, startFairlead, until } from './harness.js';

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
  const ready =
    /^ready kubeconfig=\/\S+\/kubeconfig api=https:\/\/127\.\d+\.0\.1:\d+ dns=127\.\d+\.0\.1:\d+\n$/;
  await until('the sandbox is ready', () => ready.test(sandbox.output.stdout));
  const runDir = /kubeconfig=(\S+)\/kubeconfig/.exec(sandbox.output.stdout)![1]!;
  await until('four pods run', () => processesOf(runDir).length >= 5);
  return { ...sandbox, runDir };
}

it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s ends every pod and leaves nothing', async (signal) => {
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

const folder = mkdtempSync(join(tmpdir(), 'fairlead-e2e-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A manifest in a file of its own. */
function manifest(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const broken = manifest('broken', 'apiVersion: [');
const unknown = manifest('unknown', 'apiVersion: v1\nkind: Foo\nmetadata: {name: a}\n');
const refused = manifest('refused', 'apiVersion: v1\nkind: Secret\nmetadata: {name: A_b}\n');

it.each([
  [['--image', 'nonsense'], /--image "nonsense": NAME=COMMAND is accepted/],
  [['-f', '/nowhere.yaml'], /-f \/nowhere\.yaml: ENOENT/],
  [['-f', broken], /broken: document 1: /],
  [['-f', unknown], /unknown: no kind "Foo" in version "v1"; served are /],
  [['-f', refused], /refused: Secret A_b: .*metadata\.name/],
  [['--write-kubeconfig', '/nowhere/kc'], /kubeconfig "\/nowhere\/kc" cannot be written \(ENOENT\)/],
  [['--port', '70000'], /a port is a whole number/],
])('refuses %j in one line and leaves nothing', async (args, text) => {
  const TMPDIR = join(folder, 'tmp');
  const { code, stdout, stderr } = await fairlead(['sandbox', 'up', '--port', '0', ...args], { TMPDIR });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(text);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(existsSync(TMPDIR) ? readdirSync(TMPDIR) : []).toEqual([]);
});
