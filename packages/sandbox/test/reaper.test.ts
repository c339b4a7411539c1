import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createReaper, createRunDir, reapLeftovers } from '../src/reaper/index.js';
import { readStat } from '../src/reaper/proc.js';
import { recordGroup } from '../src/reaper/run-dir.js';
import { until } from './node-agent-rig.js';

let base: string;
const owners: ChildProcess[] = [];
const pids: number[] = [];

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'fairlead-reaper-test-'));
});

afterEach(async () => {
  for (const owner of owners.splice(0)) if (owner.exitCode === null) owner.kill('SIGKILL');
  for (const pid of pids.splice(0)) if (lives(pid)) process.kill(pid, 'SIGKILL');
  rmSync(base, { recursive: true, force: true });
});

const lives = (pid: number): boolean => readStat(pid) !== undefined;

/** Whether the process has a handler for SIGHUP (1): the reaper has begun its work. */
const handlesHangUp = (pid: number): boolean =>
  /^SigCgt:.*[13579bdf]$/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));

interface Owner {
  readonly child: ChildProcess;
  readonly runDir: string;
  readonly reaper: number;
  /** Pids of its pods: one that is noted, a child of it that left the group, one that was never noted. */
  readonly pods: readonly number[];
}

/** A process with a reaper and pods that ignore SIGTERM, as a sandbox is one. */
async function startOwner(): Promise<Owner> {
  const program = fileURLToPath(new URL('./reaper-owner.mjs', import.meta.url));
  const child = spawn(process.execPath, [program, base], { stdio: ['ignore', 'pipe', 'inherit'] });
  owners.push(child);
  const [line] = (await once(child.stdout!, 'data')) as [Buffer];
  const told = JSON.parse(line.toString()) as Omit<Owner, 'child'>;
  pids.push(told.reaper, ...told.pods);
  return { ...told, child };
}

it('ends every process and removes the run directory when the sandbox is killed hard', async () => {
  const { child, runDir, reaper, pods } = await startOwner();
  expect(pods.map(lives)).toEqual([true, true, true]);
  child.kill('SIGKILL');
  await until(() => !pods.some(lives) && !existsSync(runDir) && !lives(reaper));
});

it('is not ended by the signals of a terminal', async () => {
  const { child, runDir, reaper, pods } = await startOwner();
  await until(() => handlesHangUp(reaper));
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) process.kill(reaper, signal);
  child.kill('SIGKILL');
  await until(() => !pods.some(lives) && !existsSync(runDir));
});

it('starts another reaper when it is killed, which then does the work', async () => {
  const runDir = createRunDir(base);
  let restarts = 0;
  const reaper = createReaper({ runDir, onRestart: () => restarts++ });
  const first = reaper.pid ?? 0;
  process.kill(first, 'SIGKILL');
  await until(() => restarts === 1 && reaper.pid !== first);
  const pod = spawn('sleep', ['100'], { detached: true, stdio: 'ignore' });
  reaper.add(pod.pid ?? 0);
  await reaper.close();
  await until(() => pod.signalCode === 'SIGTERM');
  expect(existsSync(runDir)).toBe(false);
});

it('cleans up itself when its reaper is killed at the very end', async () => {
  const runDir = createRunDir(base);
  const reaper = createReaper({ runDir });
  process.kill(reaper.pid ?? 0, 'SIGKILL');
  await reaper.close();
  expect(existsSync(runDir)).toBe(false);
});

it('finishes at the next start what a sandbox left that was killed together with its reaper', async () => {
  const { child, runDir, reaper, pods } = await startOwner();
  process.kill(child.pid ?? 0, 'SIGSTOP');
  process.kill(reaper, 'SIGKILL');
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(pods.map(lives)).toEqual([true, true, true]);
  expect(await reapLeftovers(base)).toEqual([runDir]);
  expect(pods.some(lives)).toBe(false);
  expect(readdirSync(base)).toEqual([]);
});

it('leaves a sandbox that runs alone, and processes that only have the pid of an old one', async () => {
  const { child, runDir, pods } = await startOwner();
  expect(await reapLeftovers(base)).toEqual([]);
  expect(pods.map(lives)).toEqual([true, true, true]);
  const stranger = spawn('sleep', ['100'], { detached: true, stdio: 'ignore' });
  const old = createRunDir(base);
  recordGroup(old, stranger.pid ?? 0);
  writeFileSync(join(old, 'groups', String(stranger.pid)), `${stranger.pid} 12345\n`);
  writeFileSync(join(old, 'owner'), `${process.pid} 12345\n`);
  expect(await reapLeftovers(base)).toEqual([old]);
  expect(stranger.exitCode).toBe(null);
  expect(stranger.signalCode).toBe(null);
  stranger.kill('SIGKILL');
  await once(stranger, 'exit');
  child.kill('SIGKILL');
  await until(() => !pods.some(lives) && !existsSync(runDir));
});

it('refuses a base directory that is a link or a file', () => {
  const link = join(base, 'link');
  symlinkSync(base, link);
  const file = join(base, 'file');
  writeFileSync(file, '');
  for (const bad of [link, file]) {
    expect(() => createRunDir(bad)).toThrow(`run directory "${bad}": accepted is a directory of this user`);
  }
});
