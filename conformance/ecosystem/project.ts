import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Command, mustRun, runCommand, startCommand } from '../npm/command.js';
import { npmInstall } from '../npm/install.js';
import type { OwnPackage, Project, ProjectPlan, RunOptions } from './set-up.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const APPS = join(ROOT, 'conformance', 'ecosystem', 'apps');
const PROTO = join(ROOT, 'packages', 'sandbox', 'src', 'images', 'echo.proto');
const OWN: readonly OwnPackage[] = ['discovery', 'balancing', 'client', 'server', 'sandbox'];
const PACK_MS = 60_000;
const RUN_MS = 60_000;

/** Packs our packages as they would be published; returns the tarballs. */
export async function packOwn(folder: string, signal: AbortSignal): Promise<Record<OwnPackage, string>> {
  mkdirSync(folder, { recursive: true });
  const tarballs = {} as Record<OwnPackage, string>;
  for (const name of OWN) {
    const command = {
      argv: ['npm', 'pack', '--json', '--pack-destination', folder],
      timeoutMs: PACK_MS,
      signal,
    } as const;
    const { out } = await mustRun({ ...command, cwd: join(ROOT, 'packages', name), env: process.env });
    const [packed] = JSON.parse(out) as [{ filename: string }];
    tarballs[name] = join(folder, packed.filename);
  }
  return tarballs;
}

/** What all projects of a run share. */
export interface Workshop {
  readonly folder: string;
  readonly tarballs: Readonly<Record<OwnPackage, string>>;
  readonly kubeconfig: string;
  readonly signal: AbortSignal;
}

/** The environment of a program: none of the variables by which a shell, npm or a proxy could change what is judged. */
function cleanEnv(
  kubeconfig: string,
  more: Readonly<Record<string, string>> = {},
): Record<string, string | undefined> {
  const { PATH, HOME } = process.env;
  return { PATH, HOME, KUBECONFIG: kubeconfig, NO_COLOR: '1', ...more };
}

/** Makes a folder outside of the repository, puts the application there and installs its packages. */
export async function createProject(
  { folder: base, tarballs, kubeconfig, signal }: Workshop,
  plan: ProjectPlan,
): Promise<Project> {
  const folder = mkdtempSync(join(base, 'app-'));
  for (const app of ['shared', ...plan.apps]) cpSync(join(APPS, app), folder, { recursive: true });
  cpSync(PROTO, join(folder, 'echo.proto'));
  const own = Object.fromEntries(OWN.map((name) => [`@fairlead/${name}`, `file:${tarballs[name]}`]));
  const { type = 'module', packages } = plan;
  const manifest = { private: true, type, dependencies: { '@grpc/grpc-js': '~1.14.0', ...own, ...packages } };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest, null, 2));
  await npmInstall(folder, plan.flags ?? [], signal);
  const command = (args: readonly string[], options: RunOptions = {}): Command => ({
    argv: [options.runtime?.path ?? process.execPath, ...args],
    cwd: options.cwd ?? folder,
    env: cleanEnv(kubeconfig, options.env),
    timeoutMs: options.timeoutMs ?? RUN_MS,
    signal,
    ...(options.onLine ? { onLine: options.onLine } : {}),
  });
  return {
    folder,
    path: (...parts) => join(folder, ...parts),
    start: (args, options) => startCommand(command(args, options)),
    run: (args, options) => runCommand(command(args, options)),
    must: (args, options) => mustRun(command(args, options)),
  };
}
