import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A Go program of a part: its folder holds go.mod, go.sum and main.go. */
export interface GoProgram {
  readonly folder: string;
  /** Linker flags beside `-s -w`. */
  readonly linkerFlags: readonly string[];
}

const FOLDER = fileURLToPath(new URL('../../kubernetes/', import.meta.url));
const INPUTS = ['go.mod', 'go.sum', 'main.go'];

/** The release that go.mod names, for example `v1.36.3`. */
export function kubernetesVersion(): string {
  const text = readFileSync(join(FOLDER, 'go.mod'), 'utf8');
  const version = /k8s\.io\/kubernetes (v\d+\.\d+\.\d+)/.exec(text)?.[1];
  if (version === undefined) throw new Error(`${FOLDER}go.mod: no version of k8s.io/kubernetes`);
  return version;
}

/** etcd, API server, controller manager and scheduler in one. */
export function kubeProgram(): GoProgram {
  const version = kubernetesVersion();
  const [major, minor] = version.slice(1).split('.');
  // What the release scripts of Kubernetes set; without it the server calls itself v0.0.0-master.
  const set = (name: string, value: string): string => `-X k8s.io/component-base/version.${name}=${value}`;
  const names = { gitVersion: version, gitMajor: major ?? '', gitMinor: minor ?? '' };
  return {
    folder: FOLDER,
    linkerFlags: Object.entries(names).map(([name, value]) => set(name, value)),
  };
}

/** Where the program is, or will be, built: another set of inputs is another file. */
export function binaryPath({ folder, linkerFlags }: GoProgram): string {
  const hash = createHash('sha256').update(linkerFlags.join(' '));
  for (const name of INPUTS) hash.update(`${name}\0`).update(readFileSync(join(folder, name)));
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(cache, 'fairlead', 'conformance', hash.digest('hex').slice(0, 16), 'kube');
}

/** Whether a build is still to be done. */
export const isBuilt = (program: GoProgram): boolean => existsSync(binaryPath(program));

/** Builds the program if it is not there yet; returns its path. Rejects with the compiler's words. */
export async function buildBinary(program: GoProgram, signal: AbortSignal): Promise<string> {
  const path = binaryPath(program);
  if (existsSync(path)) return path;
  mkdirSync(dirname(path), { recursive: true });
  const unfinished = `${path}.${process.pid}`;
  const flags = ['-s', '-w', ...program.linkerFlags].join(' ');
  const args = ['build', '-trimpath', '-mod=readonly', '-ldflags', flags, '-o', unfinished, '.'];
  await run('go', args, { cwd: program.folder, signal, maxBuffer: 64 * 1024 * 1024 });
  renameSync(unfinished, path);
  return path;
}
