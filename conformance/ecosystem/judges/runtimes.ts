import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findRuntime, NotInstallable, type Runtime } from '../../npm/install.js';
import { judgeCalls } from '../calls.js';
import { judgeDocumented } from '../documented.js';
import type { Bench, Project, SetUp } from '../set-up.js';

/** The oldest that is supported, and the newest of each line. */
const RUNTIMES = ['node@20.19.0', 'node@20', 'node@22', 'node@24', 'bun@1', 'deno@2'];
const WAYS = [
  { way: 'import', file: 'import.mjs' },
  { way: 'require()', file: 'require.cjs' },
  { way: 'import() in CommonJS', file: 'await-import.cjs' },
];
const OWN = ['client', 'discovery', 'balancing', 'server', 'sandbox'];

const argsFor = ({ name }: Runtime, file: string): string[] =>
  name.startsWith('Deno') ? ['run', '-A', file] : [file];

/** Every entry that a package offers to applications. */
function entriesOf(project: Project, own: string): string[] {
  const manifest = readFileSync(project.path('node_modules', '@fairlead', own, 'package.json'), 'utf8');
  const { exports } = JSON.parse(manifest) as { exports: Record<string, unknown> };
  return Object.keys(exports)
    .filter((entry) => entry !== './package.json')
    .map((entry) => join('@fairlead', own, entry));
}

async function judgeEntries(bench: Bench, project: Project): Promise<void> {
  const entries = OWN.flatMap((own) => entriesOf(project, own));
  const load = `for (const entry of ${JSON.stringify(entries)}) require(entry); process.stdout.write('loaded')`;
  const { out, err } = await project.run(['--input-type=commonjs', '-e', load]);
  bench.report({
    case: `require() of all ${entries.length} entries of our packages`,
    expected: 'loaded, nothing on stderr',
    got: `${out || 'not loaded'}${err ? `; ${err.slice(0, 300)}` : ', nothing on stderr'}`,
  });
}

/** Node.js before 20.19 cannot `require()` an ES module; this one is told not to. */
async function judgeWithoutRequire(bench: Bench, project: Project): Promise<void> {
  const { err } = await project.run(['--no-experimental-require-module', 'require.cjs']);
  judgeDocumented(bench, 'Node.js that cannot require() ES modules', 'ERR_REQUIRE_ESM', err);
}

async function judgeRuntime(bench: Bench, project: Project, spec: string): Promise<void> {
  try {
    const runtime = await findRuntime(spec, bench.signal);
    for (const { way, file } of WAYS) {
      const program = `${spec.includes('.') ? `${runtime.name} (oldest)` : runtime.name}, ${way}`;
      await judgeCalls(bench, { program, project, args: argsFor(runtime, file), options: { runtime } });
    }
  } catch (error) {
    if (!(error instanceof NotInstallable)) throw error;
    bench.report({ case: spec, expected: 'runs', got: `not run: ${error.message}` });
  }
}

/** Node.js, Bun and Deno, and the three ways to load an ES module. */
export const RUNTIME_SET_UPS: readonly SetUp[] = [
  {
    name: 'runtimes',
    async judge(bench) {
      const project = await bench.install({ apps: ['runtimes'], packages: {} });
      await judgeEntries(bench, project);
      await judgeWithoutRequire(bench, project);
      for (const spec of RUNTIMES) await judgeRuntime(bench, project, spec);
    },
  },
];
