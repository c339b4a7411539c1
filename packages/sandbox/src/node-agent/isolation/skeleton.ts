import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Bind } from './mount-table.js';

/** A folder of the machine is shown with more names in it than it has only if it has no more entries than that. */
const MAX_ENTRIES = 4096;

/**
 * Makes a folder that can be shown instead of a folder of the machine, because it has a place for everything in there;
 * paths that do not exist can be added to it. Returns the binds that fill the places.
 */
export function makeSkeleton(original: string, skeleton: string): Bind[] {
  const entries = readdirSync(original, { withFileTypes: true });
  if (entries.length > MAX_ENTRIES)
    throw new Error(
      `"${original}" has ${entries.length} entries: nothing that does not exist there can be mounted, make the folder first`,
    );
  mkdirSync(skeleton, { recursive: true, mode: 0o700 });
  const binds = entries.flatMap((entry): Bind[] => {
    const source = join(original, entry.name);
    const target = join(skeleton, entry.name);
    if (entry.isSymbolicLink()) {
      symlinkSync(readlinkSync(source), target);
      return [];
    }
    makePlace(target, entry.isDirectory());
    return [{ source, target }];
  });
  const { mode, uid, gid } = lstatSync(original);
  chmodSync(skeleton, mode & 0o7777);
  if (process.getuid?.() === 0) chownSync(skeleton, uid, gid);
  return binds;
}

/** Makes what something can be mounted on: a folder, or an empty file. What is there already stays. */
export function makePlace(path: string, folder: boolean): void {
  if (lstatSync(path, { throwIfNoEntry: false })) return;
  mkdirSync(folder ? path : dirname(path), { recursive: true, mode: 0o755 });
  if (!folder) writeFileSync(path, '');
}
