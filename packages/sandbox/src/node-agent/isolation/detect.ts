import { accessSync, constants, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Launch } from '../process.js';
import { startProcess } from '../process.js';
import type { Isolation, Tools } from './launch.js';
import { createLaunch } from './launch.js';

/** Where tools of the system are that the PATH of an ordinary user lacks. */
const MORE_FOLDERS = ['/usr/sbin', '/sbin', '/usr/bin', '/bin'];
/** A trial that has not ended by then is killed (ms). */
const TRIAL_MS = 10_000;

/** A way that works here, or why there is none. */
export type Detected = { readonly isolation: Isolation } | { readonly problem: string };

/** Finds out how containers can be isolated on this machine, by doing it once. */
export async function detectIsolation(): Promise<Detected> {
  if (process.platform !== 'linux') return { problem: `${process.platform} has no mount namespaces` };
  const names = ['sh', 'unshare', 'nsenter', 'mount', 'umount', 'pivot_root'] as const;
  const found = names.map((name) => [name, findTool(name)] as const);
  const missing = found.filter(([, path]) => path === undefined).map(([name]) => name);
  if (missing.length > 0) return { problem: `not found: ${missing.join(', ')} (util-linux)` };
  // None is missing here, which the type of an object made from a list cannot say.
  const tools = Object.fromEntries(found) as unknown as Tools;
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  // Root in a container often lacks the right to mount, but has it in a user namespace.
  const ways: Isolation[] = [...(uid === 0 ? [{ tools }] : []), { tools, user: { uid, gid } }];
  let problem = '';
  for (const isolation of ways) {
    problem = await tryOnce(isolation);
    if (problem === '') return { isolation };
  }
  return { problem };
}

function findTool(name: string): string | undefined {
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter).filter((path) => path.startsWith('/')),
    ...MORE_FOLDERS,
  ];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Mounts a folder right under `/`, which is the hardest, and reads a file in it; resolves with what went wrong. */
async function tryOnce(isolation: Isolation): Promise<string> {
  // The folder of temporary files need not be there yet: the sandbox makes its own in it, too.
  mkdirSync(tmpdir(), { recursive: true });
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-isolation-'));
  try {
    const source = join(folder, 'volume');
    mkdirSync(source);
    writeFileSync(join(source, 'word'), 'isolated');
    const path = `/fairlead-isolation-${process.pid}`;
    const mounts = [{ path, source, readOnly: true }];
    const launch = createLaunch(isolation, { mounts, cwd: '/', folder: join(folder, 'launch') });
    return await trial(['cat', `${path}/word`], launch);
  } catch (error) {
    return (error as Error).message;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function trial(argv: readonly string[], launch: Launch): Promise<string> {
  const output = { stdout: '', stderr: '' };
  const registry = { add() {}, remove() {} };
  const env = { PATH: process.env.PATH ?? MORE_FOLDERS.join(delimiter) };
  const child = startProcess(
    { argv, env, cwd: '/', registry, launch },
    {
      write(stream, chunk) {
        output[stream] += chunk.toString();
      },
    },
  );
  const timer = setTimeout(() => child.signal('SIGKILL'), TRIAL_MS);
  const { exitCode, startError } = await child.exited;
  await child.closed;
  clearTimeout(timer);
  if (output.stdout === 'isolated') return '';
  const said = (startError ?? output.stderr).trim().split('\n')[0];
  return said || `the trial ended with ${exitCode}`;
}
