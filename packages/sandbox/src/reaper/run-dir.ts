import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lives, readStat } from './proc.js';

/** A process on disk: pid and start time. */
export interface Recorded {
  readonly pid: number;
  readonly start: string;
}

/** File names inside a run directory. */
const OWNER = 'owner';
const REAPER = 'reaper';
const GROUPS = 'groups';
/** Names of directories whose owner is not written yet begin so. */
const UNFINISHED = '.new-';

/** `<tmp>/fairlead-<uid>`: where the run directories of this user are. */
export const defaultBaseDir = (): string => join(tmpdir(), `fairlead-${process.getuid?.() ?? 0}`);

/**
 * Makes a run directory (mode 0700) that belongs to this process. It appears under its name only with its owner in
 * it, so that no other start takes it for a left-over.
 */
export function createRunDir(baseDir = defaultBaseDir()): string {
  const there = lstatSync(baseDir, { throwIfNoEntry: false });
  if (!there) mkdirSync(baseDir, { recursive: true, mode: 0o700 });
  const stat = there ?? lstatSync(baseDir);
  // <tmp> is open to everybody: somebody else's directory or link must not get our keys.
  if (!stat.isDirectory() || (process.getuid !== undefined && stat.uid !== process.getuid()))
    throw new Error(`run directory "${baseDir}": accepted is a directory of this user, move it away`);
  if ((stat.mode & 0o077) !== 0) chmodSync(baseDir, 0o700);
  const id = randomBytes(4).toString('hex');
  const unfinished = join(baseDir, `${UNFINISHED}${id}`);
  mkdirSync(join(unfinished, GROUPS), { recursive: true, mode: 0o700 });
  record(unfinished, OWNER, process.pid);
  const path = join(baseDir, id);
  renameSync(unfinished, path);
  return path;
}

function record(runDir: string, name: string, pid: number): void {
  const start = readStat(pid)?.start;
  // A process that has ended already needs no record.
  if (start !== undefined) writeFileSync(join(runDir, name), `${pid} ${start}\n`, { mode: 0o600 });
}

/** Notes the reaper of a run directory. */
export const recordReaper = (runDir: string, pid: number): void => record(runDir, REAPER, pid);

/** Notes a process group under the pid of its first process. */
export const recordGroup = (runDir: string, pid: number): void =>
  record(runDir, join(GROUPS, String(pid)), pid);

/** Forgets a process group. */
export const forgetGroup = (runDir: string, pid: number): void =>
  rmSync(join(runDir, GROUPS, String(pid)), { force: true });

/** The process groups that are noted, whether they live or not. */
export function recordedGroups(runDir: string): Recorded[] {
  const folder = join(runDir, GROUPS);
  return names(folder).flatMap((name) => read(join(folder, name)) ?? []);
}

/** Whether the process that made the directory lives. */
export const ownerLives = (runDir: string): boolean => recordLives(runDir, OWNER);

/** Whether the reaper of the directory lives. */
export const reaperLives = (runDir: string): boolean => recordLives(runDir, REAPER);

function recordLives(runDir: string, name: string): boolean {
  const found = read(join(runDir, name));
  return found !== undefined && lives(found.pid, found.start);
}

/** Run directories under `baseDir`. Unfinished ones are left alone for a minute. */
export function runDirs(baseDir: string): string[] {
  return names(baseDir).flatMap((name) => {
    const path = join(baseDir, name);
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (!stat?.isDirectory()) return [];
    return name.startsWith(UNFINISHED) && Date.now() - stat.mtimeMs < 60_000 ? [] : [path];
  });
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function read(path: string): Recorded | undefined {
  try {
    const [pid, start] = readFileSync(path, 'utf8').trim().split(' ');
    return Number(pid) > 1 && start ? { pid: Number(pid), start } : undefined;
  } catch {
    return undefined;
  }
}
