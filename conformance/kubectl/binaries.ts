import { execFile } from 'node:child_process';
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** A kubectl on this machine. */
export interface Kubectl {
  readonly path: string;
  readonly minor: number;
}

/** The oldest minor version that the sandbox promises to serve. */
export const OLDEST_SUPPORTED = 29;

const NAME = /^kubectl(\.1\.\d+)?$/;

/** Folders that may hold several versions: those of PATH, and those that their kubectl is a link into. */
function folders(): string[] {
  const found = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '' && existsSync(folder));
  const links = found.flatMap((folder) => {
    const path = join(folder, 'kubectl');
    return existsSync(path) ? [dirname(realpathSync(path))] : [];
  });
  return [...new Set([...found, ...links])];
}

async function minorOf(path: string): Promise<number | undefined> {
  try {
    const { stdout } = await promisify(execFile)(path, ['version', '--client', '-o', 'json']);
    const { clientVersion } = JSON.parse(stdout) as { clientVersion?: { minor?: string } };
    const minor = Number.parseInt(clientVersion?.minor ?? '', 10);
    return Number.isNaN(minor) ? undefined : minor;
  } catch {
    return undefined;
  }
}

/** The oldest supported kubectl on this machine and the newest one; one alone when there is no other; or none. */
export async function findKubectls(): Promise<readonly Kubectl[]> {
  const paths = folders().flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => NAME.test(name))
      .map((name) => join(folder, name)),
  );
  const byMinor = new Map<number, Kubectl>();
  for (const path of paths) {
    const minor = await minorOf(path);
    if (minor !== undefined && minor >= OLDEST_SUPPORTED && !byMinor.has(minor))
      byMinor.set(minor, { path, minor });
  }
  const all = [...byMinor.values()].sort((a, b) => a.minor - b.minor);
  return all.length < 2 ? all : [all[0] as Kubectl, all.at(-1) as Kubectl];
}
