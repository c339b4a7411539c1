import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What the Go modules of these parts need: client-go 0.36 does not compile with an older one. */
const GO_MINOR = 26;

/** Where the program in `folder` is, or will be, built: other sources or flags are another file. */
export function programPath(folder: string, linkerFlags: readonly string[] = []): string {
  const hash = createHash('sha256').update(linkerFlags.join(' '));
  const inputs = readdirSync(folder).filter((name) => /\.go$|^go\.(mod|sum)$/.test(name));
  for (const name of inputs.sort()) hash.update(`${name}\0`).update(readFileSync(join(folder, name)));
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(cache, 'fairlead', 'conformance', hash.digest('hex').slice(0, 16), basename(folder));
}

/**
 * Builds the Go program of a folder if it is not there yet; returns its path. Rejects with the compiler's words.
 * `linkerFlags` come beside `-s -w`.
 */
export async function buildProgram(
  folder: string,
  signal: AbortSignal,
  linkerFlags: readonly string[] = [],
): Promise<string> {
  const path = programPath(folder, linkerFlags);
  if (existsSync(path)) return path;
  mkdirSync(dirname(path), { recursive: true });
  const unfinished = `${path}.${process.pid}`;
  const args = [
    'build',
    '-trimpath',
    '-mod=readonly',
    '-ldflags',
    ['-s', '-w', ...linkerFlags].join(' '),
    '-o',
    unfinished,
    '.',
  ];
  await run('go', args, { cwd: folder, signal, maxBuffer: 64 * 1024 * 1024 });
  renameSync(unfinished, path);
  return path;
}

/** What is missing on this machine to have the program, one line each; nothing when it is built already. */
export async function missingForProgram(
  folder: string,
  linkerFlags: readonly string[] = [],
): Promise<string[]> {
  if (process.platform !== 'linux') return ['Linux: the sandbox gives each pod an address of its own'];
  if (existsSync(programPath(folder, linkerFlags))) return [];
  const { stdout } = await run('go', ['version']).catch(() => ({ stdout: '' }));
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(stdout) ?? [];
  const enough = Number(major) > 1 || (Number(major) === 1 && Number(minor) >= GO_MINOR);
  return enough ? [] : [`Go 1.${GO_MINOR} or newer on the PATH, to build the program: https://go.dev/dl`];
}
