import { cpSync, existsSync, lstatSync, mkdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { ACCOUNT_PATH, wantsAccount } from './account.js';
import { expand } from './expansion.js';
import type { Container, Pod, VolumeMount } from './pod.js';
import { inside, VolumeError, volumeSources } from './volume-sources.js';

/** A volume, or a part of it, at a path of a container. */
export interface Mount {
  /** Absolute and normal, as the container names it. */
  readonly path: string;
  /** The folder or file of this machine that is there. */
  readonly source: string;
  readonly readOnly: boolean;
}

/** Name of the volume of the ServiceAccount where the API server adds none. */
export const ACCOUNT_VOLUME = '.serviceaccount';

/** Where the files of a volume are. */
export const volumeFolder = (folder: string, name: string): string => join(folder, 'volumes', name);

/** `$POD_ROOT` of a container. */
export const containerRoot = (folder: string, container: string): string =>
  join(folder, 'containers', container, 'root');

interface MountsInput {
  /** The pod's own folder. */
  readonly folder: string;
  readonly pod: Pod;
  readonly container: Container;
  /** What `subPathExpr` may name. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * What a container has mounted, outer paths before those inside them. A `subPath` of a volume whose files come from
 * the API is a copy: as in Kubernetes, it stays as it was when the container started. Throws for what cannot be mounted.
 */
export function containerMounts({ folder, pod, container, env }: MountsInput): Mount[] {
  const mounts = [...(container.volumeMounts ?? [])];
  const explicit = mounts.some(({ mountPath }) => posix.resolve('/', mountPath) === ACCOUNT_PATH);
  if (wantsAccount(pod) && !explicit)
    mounts.push({ name: ACCOUNT_VOLUME, mountPath: ACCOUNT_PATH, readOnly: true });
  return mounts
    .map((mount, index) => {
      const copy = join(folder, 'containers', container.name, 'sub-paths', String(index));
      const source = mountSource(mount, { folder, pod, env, copy });
      // Resolved against "/", no ".." can leave the root.
      const path = posix.resolve('/', mount.mountPath);
      return { path, source, readOnly: mount.readOnly === true || isWritten(mount, pod) };
    })
    .sort((a, b) => a.path.length - b.path.length);
}

/** Whether what is mounted is written by the agent alone. */
function isWritten({ name }: VolumeMount, pod: Pod): boolean {
  const volume = pod.spec.volumes?.find((each) => each.name === name);
  return !volume || volumeSources(volume) !== undefined;
}

function mountSource(
  mount: VolumeMount,
  { folder, pod, env, copy }: Omit<MountsInput, 'container'> & { copy: string },
): string {
  const volume = pod.spec.volumes?.find(({ name }) => name === mount.name);
  if (!volume && mount.name !== ACCOUNT_VOLUME)
    throw new VolumeError(`volumeMount "${mount.name}": the pod has no such volume`);
  const root = volumeFolder(folder, mount.name);
  const subPath = mount.subPathExpr ? expand(mount.subPathExpr, (name) => env[name]) : mount.subPath;
  if (!subPath) return root;
  const source = join(root, inside(subPath, 'subPath'));
  if (!existsSync(source)) mkdirSync(source, { recursive: true, mode: 0o755 });
  if (!isWritten(mount, pod)) return source;
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(dirname(copy), { recursive: true, mode: 0o700 });
  cpSync(realpathSync(source), copy, { recursive: true, dereference: true });
  return copy;
}

/** The mounts that are inside no other one. */
export const outermost = (mounts: readonly Mount[]): Mount[] =>
  mounts.filter(({ path }) => !mounts.some((outer) => path.startsWith(`${outer.path}/`)));

/** Makes `$POD_ROOT` of a container: a folder with a link per mount. */
export function linkMounts(root: string, mounts: readonly Mount[]): void {
  mkdirSync(root, { recursive: true, mode: 0o700 });
  for (const { path, source } of mounts) {
    const link = join(root, path);
    if (lstatSync(link, { throwIfNoEntry: false })) continue;
    mkdirSync(dirname(link), { recursive: true, mode: 0o700 });
    symlinkSync(source, link);
  }
}
