import { execFile } from 'node:child_process';
import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** A kubectl on this machine. */
export interface Kubectl {
  readonly path: string;
  readonly minor: number;
}

/** The oldest minor version that the sandbox promises to serve. */
export const OLDEST_SUPPORTED = 29;

/** What does not say its version by then is no kubectl (ms). */
const ANSWER_MS = 20_000;

/** `kubectl`, `kubectl.1.30`, `kubectl-v1.30.2`; other names beside it are plugins. */
const NAME = /^kubectl([-_.]?v?1\.\d+(\.\d+)?)?$/;

const inFolder = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => NAME.test(name))
    .map((name) => join(folder, name))
    .filter((path) => existsSync(path));

/** In the folders of a PATH, and in those that what is there is a link into. */
function candidates(searchPath: string): string[] {
  const folders = searchPath
    .split(delimiter)
    .filter((folder) => folder !== '' && statSync(folder, { throwIfNoEntry: false })?.isDirectory());
  const found = folders.flatMap(inFolder);
  const linked = found.map((path) => dirname(realpathSync(path)));
  return [...found, ...new Set(linked.flatMap(inFolder))];
}

async function minorOf(path: string): Promise<number | undefined> {
  try {
    const { stdout } = await promisify(execFile)(path, ['version', '--client', '-o', 'json'], {
      timeout: ANSWER_MS,
    });
    const { clientVersion } = JSON.parse(stdout) as { clientVersion?: { minor?: string } };
    const minor = Number.parseInt(clientVersion?.minor ?? '', 10);
    return Number.isNaN(minor) ? undefined : minor;
  } catch {
    return undefined;
  }
}

/**
 * The oldest supported kubectl on this machine and the newest one; one alone when there is no other; or none.
 * `searchPath` is a PATH. Default: that of this process.
 */
export async function findKubectls(searchPath = process.env.PATH ?? ''): Promise<readonly Kubectl[]> {
  const byMinor = new Map<number, Kubectl>();
  for (const path of new Set(candidates(searchPath))) {
    const minor = await minorOf(path);
    if (minor !== undefined && minor >= OLDEST_SUPPORTED && !byMinor.has(minor))
      byMinor.set(minor, { path, minor });
  }
  const all = [...byMinor.values()].sort((a, b) => a.minor - b.minor);
  return all.length < 2 ? all : [all[0] as Kubectl, all.at(-1) as Kubectl];
}
