import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { lastWords, mustRun, runCommand } from '../npm/command.js';
import { findRuntime, NotInstallable, npmInstall, type Runtime } from '../npm/install.js';
import type { Part, PartContext } from '../part.js';
import { readSummary, type Summary } from './summary.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** The suite takes five minutes alone on two cores; others may use them too (ms). */
const SUITE_MS = 30 * 60_000;
const BUILD_MS = 10 * 60_000;
const GRPC = '@grpc/grpc-js';
/** What the lockfile has. */
const NEWEST = '~1.14.0';

/** One way to run the suite. */
interface Combination {
  readonly runtime: string;
  /** Version of grpc-js, in npm's words. */
  readonly grpc: string;
}

/** The newest grpc-js on each Node.js that is supported, and the oldest on the oldest. */
const COMBINATIONS: readonly Combination[] = [
  { runtime: 'node@20', grpc: NEWEST },
  { runtime: 'node@22', grpc: NEWEST },
  { runtime: 'node@24', grpc: NEWEST },
  { runtime: 'node@20', grpc: '1.14.0' },
];

/** Chosen by `FAIRLEAD_CONFORMANCE_ONLY`, a piece of `node@22 grpc-js@~1.14.0`. */
const label = ({ runtime, grpc }: Combination): string => `${runtime} grpc-js@${grpc}`;
const isChosen = (combination: Combination): boolean =>
  label(combination).includes(process.env.FAIRLEAD_CONFORMANCE_ONLY ?? '');

/** The last commit, as files in a folder. */
async function checkOut(folder: string, signal: AbortSignal): Promise<void> {
  const archive = join(folder, 'archive.tar');
  const run = promisify(execFile);
  await run('git', ['-C', ROOT, 'archive', '--output', archive, 'HEAD'], { signal });
  await run('tar', ['-xf', archive, '-C', folder], { signal });
  rmSync(archive);
}

interface Manifest {
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  overrides?: Record<string, string>;
}

/** Makes a checkout install one version of grpc-js, whatever its packages would take by themselves. */
function pinGrpc(folder: string, version: string): void {
  const path = join(folder, 'package.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
  manifest.devDependencies = { ...manifest.devDependencies, [GRPC]: version };
  manifest.overrides = { [GRPC]: `$${GRPC}` };
  writeFileSync(path, JSON.stringify(manifest));
  rmSync(join(folder, 'package-lock.json'));
}

const installedGrpc = (folder: string): string => {
  const manifest = readFileSync(join(folder, 'node_modules', GRPC, 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
};

/** A checkout that is built, and what runs it. */
interface Checkout {
  readonly folder: string;
  readonly runtime: Runtime;
  readonly env: NodeJS.ProcessEnv;
}

async function prepare(
  { runtime: spec, grpc }: Combination,
  folder: string,
  signal: AbortSignal,
): Promise<Checkout> {
  const runtime = await findRuntime(spec, signal);
  mkdirSync(folder);
  await checkOut(folder, signal);
  if (grpc !== NEWEST) pinGrpc(folder, grpc);
  await npmInstall(folder, [], signal);
  const path = `${dirname(runtime.path)}${delimiter}${process.env.PATH}`;
  const env = { ...process.env, PATH: path, NODE_OPTIONS: '' };
  await mustRun({ argv: ['npm', 'run', 'build'], ...{ cwd: folder, env, timeoutMs: BUILD_MS, signal } });
  return { folder, runtime, env };
}

/** Runs the tests, all or those of some files. Rejects when they come to no result. */
async function runTests(
  { folder, runtime, env }: Checkout,
  files: readonly string[],
  signal: AbortSignal,
): Promise<Summary> {
  const results = join(folder, 'results.json');
  rmSync(results, { force: true });
  const vitest = join(folder, 'node_modules', 'vitest', 'vitest.mjs');
  const ended = await runCommand({
    argv: [runtime.path, vitest, 'run', '--reporter=json', `--outputFile=${results}`, ...files],
    ...{ cwd: folder, env, timeoutMs: SUITE_MS, signal },
  });
  signal.throwIfAborted();
  const summary = readSummary(results);
  if (summary === null) throw new Error(lastWords(ended));
  return { ...summary, ok: summary.ok && ended.code === 0 };
}

async function judge(
  combination: Combination,
  folder: string,
  { signal, report, log }: PartContext,
): Promise<void> {
  const checkout = await prepare(combination, folder, signal);
  const name = `${checkout.runtime.name}, grpc-js ${installedGrpc(folder)}`;
  log(`${name}: the whole suite`);
  const first = await runTests(checkout, [], signal);
  for (const failure of first.failures) log(`  ${failure}`);
  // The suite keeps both cores busy, and here is more at work: what fails gets a second look alone.
  const again = first.failedFiles.length > 0 ? await runTests(checkout, first.failedFiles, signal) : null;
  for (const failure of again?.failures ?? []) log(`  again: ${failure}`);
  const got = again === null ? first.text : `${first.text}; those files again: ${again.text}`;
  report({ case: name, expected: 'every test passes', got, ok: (again ?? first).ok });
}

async function run(context: PartContext): Promise<void> {
  const base = mkdtempSync(join(tmpdir(), 'fairlead-node-'));
  try {
    for (const [index, combination] of COMBINATIONS.filter(isChosen).entries()) {
      const folder = join(base, String(index));
      try {
        await judge(combination, folder, context);
      } catch (error) {
        if (!(error instanceof NotInstallable)) throw error;
        const got = `not run: ${error.message}`;
        context.report({ case: label(combination), expected: 'every test passes', got });
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    }
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

/** The test suite on every Node.js that is supported, and on the oldest grpc-js. */
export const node: Part = {
  name: 'node',
  about: "this repository's tests on Node.js 20, 22 and 24, with the newest and the oldest grpc-js 1.14",
  missing: async () => (process.platform === 'linux' ? [] : ['Linux: the tests need its loopback addresses']),
  run,
};
