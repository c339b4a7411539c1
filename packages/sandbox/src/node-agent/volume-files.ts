import { randomInt } from 'node:crypto';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** One file of a volume. */
export interface VolumeFile {
  readonly content: Buffer;
  /** Its permissions, for example 0o644. */
  readonly mode: number;
}

/** Files of a volume by their relative path. */
export type VolumeFiles = ReadonlyMap<string, VolumeFile>;

/** Link to the folder that holds the files; whoever follows a volume watches it. */
const DATA = '..data';
const NEW_DATA = '..data_tmp';
/** A folder that was written here: programs of the pod may have made `..data` a link to anywhere. */
const OWN_FOLDER = /^\.\.\d{4}(_\d{2}){5}\.\d+$/;
/** Anybody who may see the volume may look into its folders; the pod's own folder keeps others out. */
const FOLDER_MODE = 0o755;

/**
 * Brings a volume to these files so that a reader sees all of the old or all of the new ones, in the way that programs
 * on Kubernetes know: the visible names are links through `..data`, a link to a folder named after the time, which is
 * exchanged by one rename. Returns false when nothing was to be done.
 */
export function writeVolumeFiles(folder: string, files: VolumeFiles, nowMs: number): boolean {
  const link = linkTarget(join(folder, DATA));
  const old = link !== undefined && OWN_FOLDER.test(link) ? link : undefined;
  if (old !== undefined && holds(join(folder, old), files)) return false;
  const name = timestamped(nowMs);
  writeAll(join(folder, name), files);
  const visible = new Set([...files.keys()].map(firstName));
  for (const each of visible) {
    const visibleLink = join(folder, each);
    if (lstatSync(visibleLink, { throwIfNoEntry: false }) === undefined)
      symlinkSync(join(DATA, each), visibleLink);
  }
  // What an attempt that was killed half-way has left.
  rmSync(join(folder, NEW_DATA), { force: true });
  symlinkSync(name, join(folder, NEW_DATA));
  renameSync(join(folder, NEW_DATA), join(folder, DATA));
  for (const entry of readdirSync(folder)) {
    const stale = linkTarget(join(folder, entry)) === join(DATA, entry) && !visible.has(entry);
    if (stale) rmSync(join(folder, entry));
  }
  if (old !== undefined) rmSync(join(folder, old), { recursive: true, force: true });
  return true;
}

const firstName = (path: string): string => path.split('/', 1)[0] ?? path;

/** `..2026_01_31_23_59_59.` and a number: hidden, and in order of time. */
function timestamped(nowMs: number): string {
  const time = new Date(nowMs).toISOString().slice(0, 19).replace(/[-:T]/g, '_');
  return `..${time}.${randomInt(1e9)}`;
}

function linkTarget(path: string): string | undefined {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) return undefined;
  return readlinkSync(path);
}

function writeAll(folder: string, files: VolumeFiles): void {
  makeFolder(folder);
  for (const [path, { content, mode }] of files) {
    const target = join(folder, path);
    makeFolder(dirname(target));
    writeFileSync(target, content, { mode: 0o600 });
    chmodSync(target, mode);
  }
}

/** Whatever the umask says. */
function makeFolder(path: string): void {
  const first = mkdirSync(path, { recursive: true, mode: FOLDER_MODE });
  for (let at = path; first !== undefined && at.length >= first.length; at = dirname(at))
    chmodSync(at, FOLDER_MODE);
}

/** Whether a folder holds exactly these files. */
function holds(folder: string, files: VolumeFiles): boolean {
  const there = lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() ? filesIn(folder) : [];
  if (there.length !== files.size) return false;
  return there.every((path) => {
    const file = files.get(path);
    const target = join(folder, path);
    return (
      file && file.mode === (lstatSync(target).mode & 0o777) && readFileSync(target).equals(file.content)
    );
  });
}

function filesIn(folder: string, prefix = ''): string[] {
  return readdirSync(join(folder, prefix), { withFileTypes: true }).flatMap((entry) => {
    const path = join(prefix, entry.name);
    return entry.isDirectory() ? filesIn(folder, path) : [path];
  });
}
