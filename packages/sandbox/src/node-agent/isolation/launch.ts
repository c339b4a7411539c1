import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Mount } from '../mounts.js';
import type { Launch } from '../process.js';
import { OLD_ROOT, planMounts } from './mount-plan.js';
import { mountTable } from './mount-table.js';

/** Programs of util-linux and the shell, by absolute path. */
export interface Tools {
  readonly sh: string;
  readonly unshare: string;
  readonly nsenter: string;
  readonly mount: string;
  readonly umount: string;
  readonly pivot_root: string;
}

/** How containers get a mount namespace of their own here. */
export interface Isolation {
  readonly tools: Tools;
  /** Whoever is not root is root in a user namespace while mounts are made, and itself again for the program. */
  readonly user?: { readonly uid: number; readonly gid: number };
}

interface LaunchOptions {
  readonly mounts: readonly Mount[];
  /** Where the program begins, as it will be there. */
  readonly cwd: string;
  /** A folder for what only this container needs; made anew for each of its runs. */
  readonly folder: string;
}

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/**
 * Becomes the program, in the namespace that `unshare` has made: no process stays in between, so that signals and the
 * exit are the program's own. Standard output and error are the program's as well: what goes wrong before it is written
 * to the descriptor `fd`, which closes when the program begins.
 */
function script({ tools, user }: Isolation, root: string | undefined, fd: number): string {
  const again = user
    ? `${quote(tools.unshare)} --user --map-user=${user.uid} --map-group=${user.gid} --mount --`
    : '';
  const pivot =
    root === undefined
      ? ''
      : `cd ${quote(root)} && ${quote(tools.pivot_root)} . ${OLD_ROOT} && cd / && ${quote(tools.umount)} -l /${OLD_ROOT} && rmdir /${OLD_ROOT} || fail 'the root could not be changed'`;
  return `
folders=$1 mounts=$2 dir=$3; shift 3
fail() { printf %s "$1" >&${fd}; exit 128; }
${quote(tools.mount)} -n -a -T "$folders" >/dev/null 2>&1
problem=$(${quote(tools.mount)} -n -a -T "$mounts" 2>&1) || fail "$problem"
${pivot}
cd -- "$dir" 2>/dev/null || fail "chdir to cwd (\\"$dir\\") failed: no such file or directory"
command -v -- "$1" >/dev/null 2>&1 || fail "exec: \\"$1\\": executable file not found in \\$PATH"
exec ${again} "$@" ${fd}>&-
`;
}

/** Makes the folders and tables that a run of a container begins with. Throws for what cannot be mounted. */
export function createLaunch(isolation: Isolation, { mounts, cwd, folder }: LaunchOptions): Launch {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const plan = planMounts(mounts, join(folder, 'skeletons'));
  const tables = [plan.folders, plan.mounts].map((binds, index) => {
    const path = join(folder, `mounts-${index}`);
    writeFileSync(path, mountTable(binds), { mode: 0o600 });
    return path;
  });
  const { tools, user } = isolation;
  const asRoot = user ? ['--user', '--map-root-user'] : [];
  const asSelf = user ? ['--user', '--preserve-credentials'] : [];
  return {
    begin: (argv, reportFd) => [
      ...[tools.unshare, ...asRoot, '--mount', '--propagation', 'private', '--'],
      ...[tools.sh, '-c', script(isolation, plan.root, reportFd), 'launch', ...tables, cwd, ...argv],
    ],
    join: (pid, argv) => [
      ...[tools.nsenter, '--target', String(pid), '--mount', ...asSelf, '--'],
      ...[tools.sh, '-c', 'cd -- "$0" && exec "$@"', cwd, ...argv],
    ],
  };
}
