import { existsSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { Mount } from '../mounts.js';
import type { Bind } from './mount-table.js';
import { makePlace, makeSkeleton } from './skeleton.js';

/** What makes the file system of one container out of that of the machine. */
export interface MountPlan {
  /** Folders of the machine in which something is mounted that is not there; one that cannot be shown is left out. */
  readonly folders: readonly Bind[];
  /** The mounts of the container; each must succeed. */
  readonly mounts: readonly Bind[];
  /** The folder that becomes `/`; absent when the machine's stays. */
  readonly root?: string;
}

/** Where the machine's own root is put for a moment, inside the new one. */
export const OLD_ROOT = '.machine';

/** Where a mount of a container goes. */
interface Place {
  readonly mount: Mount;
  /** The path in the container, without the links of the machine. */
  readonly seen: string;
  /** The path on the machine, without links; of a mount inside another one, the path in that one's source. */
  readonly path: string;
  readonly nested: boolean;
}

const isInside = (path: string, outer: string): boolean =>
  path !== outer && (outer === '/' || path.startsWith(`${outer}/`));

/**
 * Plans the mounts of a container, given outer ones first. A mount path that exists on the machine is mounted over. For one
 * that does not, the next folder above it is shown as a new folder with the same contents (`skeletons` is where these
 * are made), and for one right under `/` that is the root. Nothing of the machine is changed; throws for what cannot be.
 */
export function planMounts(mounts: readonly Mount[], skeletons: string): MountPlan {
  const covered = new Map<string, string>();
  const folders: Bind[] = [];
  const places: Place[] = [];
  for (const mount of mounts) {
    const { real, missing } = onMachine(mount.path);
    const seen = join(real, missing);
    const outer = places.findLast((place) => isInside(seen, place.seen));
    const isFolder = statSync(mount.source).isDirectory();
    if (mount.path === '/') throw new Error('mountPath "/": accepted is any path below it');
    if (outer) {
      const inner = relative(outer.seen, seen);
      makePlace(join(outer.mount.source, inner), isFolder);
      places.push({ mount, seen, path: join(outer.mount.source, inner), nested: true });
      continue;
    }
    if (missing === '' && statSync(real).isDirectory() !== isFolder)
      throw new Error(
        `mountPath "${mount.path}": there is a ${isFolder ? 'file' : 'folder'} on this machine`,
      );
    if (missing !== '') {
      if (!statSync(real).isDirectory()) throw new Error(`mountPath "${mount.path}": "${real}" is no folder`);
      const skeleton = covered.get(real) ?? join(skeletons, String(covered.size));
      if (!covered.has(real)) {
        covered.set(real, skeleton);
        folders.push(...makeSkeleton(real, skeleton));
      }
      makePlace(join(skeleton, missing), isFolder);
    }
    places.push({ mount, seen, path: seen, nested: false });
  }
  const root = covered.get('/');
  const at = (path: string): string => (root === undefined ? path : join(root, path));
  if (root !== undefined) mkdirSync(join(root, OLD_ROOT));
  return {
    // pivot_root wants a mount; it comes before what is mounted inside it.
    folders: [
      ...(root === undefined ? [] : [{ source: root, target: root }]),
      ...folders,
      ...covers(covered, at),
    ],
    mounts: inOrder(places).map(({ mount: { source, readOnly }, path, nested }) => ({
      ...{ source, readOnly },
      target: nested ? path : at(path),
    })),
    ...(root === undefined ? {} : { root }),
  };
}

/** What is inside a mount comes before it, and brings it along; what hides the sources of others comes last. */
function inOrder(places: readonly Place[]): Place[] {
  const hides = ({ path, nested }: Place): number =>
    Number(!nested && places.some(({ mount }) => isInside(mount.source, path)));
  return places.toSorted((a, b) => hides(a) - hides(b) || b.seen.length - a.seen.length);
}

/** The skeletons take the places of their originals, outer ones first. */
function covers(covered: ReadonlyMap<string, string>, at: (path: string) => string): Bind[] {
  return [...covered]
    .filter(([original]) => original !== '/')
    .sort(([a], [b]) => a.length - b.length)
    .map(([original, skeleton]) => ({ source: skeleton, target: at(original) }));
}

/** The part of a path that exists on the machine, without links, and the rest. */
function onMachine(path: string): { real: string; missing: string } {
  let there = path;
  while (!existsSync(there)) there = dirname(there);
  return { real: realpathSync(there), missing: relative(there, path) };
}
