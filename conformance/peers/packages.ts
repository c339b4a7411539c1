import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The line of grpc-js that Fairlead is made for; the peers get the same. */
const GRPC_JS = '@grpc/grpc-js@~1.14.7';
/** npm may have to ask a slow network (ms). */
const INSTALL_MS = 120_000;
const LOAD_MS = 20_000;

/** A package that is installed and loads, or why not. */
export type Installed =
  | { readonly folder: string; readonly version: string; readonly from: 'npm' | 'tarball' }
  | { readonly failure: string };

/** Where tarballs are (`npm pack` makes them) of packages that npm here cannot get. */
const tarballOf = (name: string, version: string): string | undefined => {
  const folder = process.env.FAIRLEAD_PEER_TARBALLS;
  if (!folder) return undefined;
  const path = join(folder, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`);
  return existsSync(path) ? path : undefined;
};

/** The cause in npm's or Node's words, on one line and without where this machine looked. */
function cause(error: unknown): string {
  const {
    stdout = '',
    stderr = '',
    message = '',
  } = error as { stdout?: string; stderr?: string; message?: string };
  try {
    const { code, summary } = JSON.parse(stdout).error as { code: string; summary: string };
    return `${code}: ${summary.replace(/ - GET \S+| https?:\S+/g, '')}`.trim();
  } catch {
    const text = `${stderr}\n${message}`;
    return (/^\w*Error[^\n]*/m.exec(text)?.[0] ?? message).replace(/\s+/g, ' ').slice(0, 300);
  }
}

async function install(folder: string, spec: string, signal: AbortSignal): Promise<void> {
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true }));
  const args = ['install', '--json', '--no-audit', '--no-fund', '--ignore-scripts', spec, GRPC_JS];
  await run('npm', args, { cwd: folder, signal, timeout: INSTALL_MS });
}

/**
 * Installs a package and grpc-js from npm into a folder of their own in the user's cache, unless it is there, and
 * loads it once with this Node.js. Nothing is written when it fails.
 */
export async function installPackage(name: string, version: string, signal: AbortSignal): Promise<Installed> {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const tarball = tarballOf(name, version);
  const from = tarball ? 'tarball' : 'npm';
  const parent = join(cache, 'fairlead', 'conformance', 'peers');
  const folder = join(parent, `${name.replace('/', '+')}@${version}-${from}`);
  try {
    if (!existsSync(folder)) {
      mkdirSync(parent, { recursive: true });
      const unfinished = mkdtempSync(`${folder}.`);
      try {
        await install(unfinished, tarball ?? `${name}@${version}`, signal);
        renameSync(unfinished, folder);
      } finally {
        rmSync(unfinished, { recursive: true, force: true });
      }
    }
    const env = { ...process.env, KUBECONFIG: '/dev/null' };
    const load = ['-e', `require(${JSON.stringify(name)})`];
    await run(process.execPath, load, { cwd: folder, env, signal, timeout: LOAD_MS });
    const manifest = readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8');
    return { folder, version: (JSON.parse(manifest) as { version: string }).version, from };
  } catch (error) {
    signal.throwIfAborted();
    return { failure: cause(error) };
  }
}
