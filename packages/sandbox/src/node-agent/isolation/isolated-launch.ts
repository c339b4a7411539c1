import { existsSync, mkdirSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { Mount } from '../mounts.js';
import type { Container } from '../pod.js';
import type { Launch } from '../process.js';
import type { Isolation } from './launch.js';
import { createLaunch } from './launch.js';

interface IsolatedContainer {
  /** The container's own folder. */
  readonly folder: string;
  readonly mounts: readonly Mount[];
  readonly env: Readonly<Record<string, string>>;
  readonly podRoot: string;
  readonly container: Container;
}

/**
 * The launch of a container that has its mounts at their own paths, and its working directory as well: one that neither
 * a mount nor the machine has is a new folder. Whose kubeconfig is in `$HOME` is none of the pod's business.
 */
export function isolatedLaunch(isolation: Isolation, options: IsolatedContainer): Launch {
  const { folder, env, podRoot, container } = options;
  const mounts = [...options.mounts];
  const empty = join(folder, 'empty');
  mkdirSync(empty, { recursive: true, mode: 0o700 });
  const mountFolder = (path: string, source: string): void => {
    if (!mounts.some((mount) => mount.path === path)) mounts.push({ path, source, readOnly: false });
  };
  const settings = join(env.HOME ?? '/', '.kube');
  if (existsSync(settings)) mountFolder(settings, empty);
  const cwd = container.workingDir ? posix.resolve('/', container.workingDir) : process.cwd();
  const outer = mounts.findLast(({ path }) => cwd === path || cwd.startsWith(`${path}/`));
  if (outer) mkdirSync(join(outer.source, cwd.slice(outer.path.length)), { recursive: true });
  else if (!existsSync(cwd)) mountFolder(cwd, join(podRoot, cwd));
  mounts.sort((a, b) => a.path.length - b.path.length);
  return createLaunch(isolation, { mounts, cwd, folder: join(folder, 'launch') });
}
