import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Ended, mustRun, runCommand } from './command.js';

/** npm may have to ask a slow network (ms). */
const INSTALL_MS = 240_000;
const ATTEMPTS = 3;
const BETWEEN_MS = 2_000;

/** A thing that npm here cannot get, with npm's words: what needs it is not run. */
export class NotInstallable extends Error {
  override readonly name = 'NotInstallable';
}

/** npm's answer of `--json`, on one line and without where this machine looked. */
function cause({ out, err, late }: Ended): string {
  if (late) return `no end within ${INSTALL_MS / 1000} s`;
  try {
    const { code, summary } = JSON.parse(out).error as { code: string; summary: string };
    return `${code}: ${summary}`.replace(/ - GET \S+| ?https?:\S+/g, '').replace(/\s+/g, ' ');
  } catch {
    return (/npm error[^\n]*/.exec(err)?.[0] ?? err).slice(0, 300);
  }
}

/** The environment of npm: nothing of the `npm run` that we are in, which would point it at our own workspace. */
function npmEnv(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^npm_(package|lifecycle|command)/.test(name),
  );
  return Object.fromEntries(inherited);
}

/** Installs what the `package.json` of a folder names, by scripts of nobody. Rejects with NotInstallable. */
export async function npmInstall(
  folder: string,
  flags: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const quiet = ['--json', '--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts'];
  // As npm does where nobody said otherwise: what a package says of its engines is a warning.
  const lenient = '--engine-strict=false';
  for (let attempt = 1; ; attempt++) {
    const ended = await runCommand({
      argv: ['npm', 'install', lenient, ...quiet, ...flags],
      ...{ cwd: folder, env: npmEnv(), timeoutMs: INSTALL_MS, signal },
    });
    if (ended.code === 0) return;
    signal.throwIfAborted();
    // A conflict of versions stays one.
    if (attempt === ATTEMPTS || ended.out.includes('ERESOLVE')) throw new NotInstallable(cause(ended));
    await pause(BETWEEN_MS, undefined, { signal });
  }
}

/** Where things that many runs need are kept. */
const cacheFolder = (): string =>
  join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'fairlead', 'conformance', 'npm');

/** Installs one package into a folder of the cache, unless it is there; returns its `node_modules`. */
async function installOnce(spec: string, signal: AbortSignal): Promise<string> {
  const folder = join(cacheFolder(), spec.replace('/', '+'));
  if (!existsSync(folder)) {
    mkdirSync(cacheFolder(), { recursive: true });
    const unfinished = mkdtempSync(`${folder}.`);
    try {
      writeFileSync(join(unfinished, 'package.json'), '{"private":true}');
      await npmInstall(unfinished, [spec], signal);
      renameSync(unfinished, folder);
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
  }
  return join(folder, 'node_modules');
}

/** A program that runs JavaScript. */
export interface Runtime {
  /** As in `Node 22.23.3`. */
  readonly name: string;
  readonly path: string;
}

/** Where npm packages keep the program, by kind. */
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  node: [`node-linux-${process.arch}/bin/node`],
  bun: [`@oven/bun-linux-${process.arch}/bin/bun`],
  deno: [`@deno/linux-${process.arch}-glibc/deno`],
};

/**
 * Node.js, Bun or Deno of a version (`node@22`, `bun@1`) from npm packages. The Node.js that runs this serves its own
 * major version. Rejects with NotInstallable.
 */
export async function findRuntime(spec: string, signal: AbortSignal): Promise<Runtime> {
  const [kind = '', version = ''] = spec.split('@');
  if (kind === 'node' && process.versions.node.split('.')[0] === version)
    return { name: `Node ${process.versions.node}`, path: process.execPath };
  const modules = await installOnce(kind === 'node' ? `node-linux-${process.arch}@${version}` : spec, signal);
  const path = PROGRAMS[kind]?.map((file) => join(modules, file)).find((file) => existsSync(file));
  if (path === undefined) throw new NotInstallable(`${spec} has no program for linux-${process.arch}`);
  const { out } = await mustRun({
    argv: [path, '--version'],
    ...{ cwd: modules, env: process.env, timeoutMs: 20_000, signal },
  });
  const number = /\d+\.\d+\.\d+/.exec(out)?.[0] ?? version;
  return { name: `${kind[0]?.toUpperCase()}${kind.slice(1)} ${number}`, path };
}
