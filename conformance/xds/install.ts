import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const CARGO_PROGRAM = 'fairlead-conformance-xds';

/** Where what is installed stays, by a hash of `inputs` (files), so that an edit installs anew. */
function cachePath(kind: string, inputs: readonly string[]): string {
  const hash = createHash('sha256');
  for (const input of inputs) hash.update(readFileSync(input));
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(cache, 'fairlead', 'conformance', 'xds', `${kind}-${hash.digest('hex').slice(0, 16)}`);
}

/** Makes a folder whole or not at all; returns its path, at which it always is while it is made. */
async function once(path: string, make: (path: string) => Promise<void>): Promise<string> {
  const finished = join(path, '.finished');
  if (existsSync(finished)) return path;
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path, { recursive: true });
  await make(path);
  mkdirSync(finished);
  return path;
}

/** The last words of a program that failed, on one line. */
export function cause(error: unknown): string {
  const {
    stderr = '',
    stdout = '',
    message = '',
  } = error as { stderr?: string; stdout?: string; message?: string };
  const lines = `${stdout}\n${stderr}`.trim().split('\n');
  return (lines.at(-1) || message).replace(/\s+/g, ' ').slice(0, 300);
}

/** A Python environment with the packages of a requirements file; returns its folder of programs. */
export async function installPython(requirements: string, signal: AbortSignal): Promise<string> {
  const path = await once(cachePath('python', [requirements]), async (folder) => {
    await run('python3', ['-m', 'venv', folder], { signal });
    const pip = join(folder, 'bin', 'pip');
    await run(pip, ['install', '--quiet', '--disable-pip-version-check', '-r', requirements], { signal });
  });
  return join(path, 'bin');
}

/** All files below a folder, in an order of their own. */
const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();

/** A Maven project, compiled, with its libraries; returns the class path. */
export async function buildMaven(folder: string, signal: AbortSignal): Promise<string> {
  const inputs = [join(folder, 'pom.xml'), ...filesBelow(join(folder, 'src'))];
  const path = await once(cachePath('java', inputs), async (target) => {
    const copy = mkdtempSync(`${target}.`);
    try {
      for (const each of ['pom.xml', 'src'])
        cpSync(join(folder, each), join(copy, each), { recursive: true });
      const goals = [
        '-q',
        '-B',
        'compile',
        'dependency:copy-dependencies',
        '-DoutputDirectory=target/libraries',
      ];
      await run('mvn', goals, { cwd: copy, signal });
      for (const each of ['classes', 'libraries']) renameSync(join(copy, 'target', each), join(target, each));
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  });
  return `${join(path, 'classes')}:${join(path, 'libraries', '*')}`;
}

/** A Cargo package with one program of the same name; returns its path. What is in between is thrown away. */
export async function buildCargo(folder: string, signal: AbortSignal): Promise<string> {
  const inputs = ['Cargo.toml', 'Cargo.lock', join('src', 'main.rs')].map((name) => join(folder, name));
  const path = await once(cachePath('rust', inputs), async (target) => {
    const build = mkdtempSync(`${target}.`);
    try {
      const args = ['build', '--quiet', '--locked', '--target-dir', build];
      await run('cargo', args, { cwd: folder, signal, maxBuffer: 64 * 1024 * 1024 });
      cpSync(join(build, 'debug', CARGO_PROGRAM), join(target, CARGO_PROGRAM));
    } finally {
      rmSync(build, { recursive: true, force: true });
    }
  });
  return join(path, CARGO_PROGRAM);
}

/** Whether a program answers, for what is missing. */
export const answers = (program: string, argument: string): Promise<boolean> =>
  run(program, [argument]).then(
    () => true,
    () => false,
  );
