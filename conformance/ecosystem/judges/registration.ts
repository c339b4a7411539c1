import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { judgeCalls } from '../calls.js';
import { judgeDocumented } from '../documented.js';
import type { Bench, Project, SetUp } from '../set-up.js';

const PRELOAD = ['--import', '@fairlead/client/register'];
const PRELOADED = '@fairlead/client/register was preloaded and a client made before register() came with';
const LOST = 'Name resolution failed for target dns:k8s:///serv-ca.nspace:8088';

async function judgeLate(bench: Bench, project: Project): Promise<void> {
  await judgeCalls(bench, {
    program: 'a client made after register(), one made before it',
    project,
    args: ['late.mjs'],
  });
  const { out } = await project.run(['late.mjs']);
  judgeDocumented(bench, 'a client made before register()', LOST, out);
}

async function judgeWorkers(bench: Bench, project: Project): Promise<void> {
  const inWorker = { env: { REGISTER_IN_WORKER: '1' } };
  await judgeCalls(bench, {
    program: 'a worker that registers',
    project,
    args: ['worker.mjs'],
    options: inWorker,
  });
  await judgeCalls(bench, { program: 'a worker, preloaded', project, args: [...PRELOAD, 'worker.mjs'] });
  const { out } = await project.run(['worker.mjs']);
  judgeDocumented(bench, 'a worker that does not register', LOST, out);
}

/** Puts the client there once more, as another version of itself; returns the version that it has. */
function copyAsOther(project: Project, version: string): string {
  const own = project.path('node_modules', '@fairlead', 'client');
  const other = project.path('other', 'node_modules', '@fairlead', 'client');
  mkdirSync(project.path('other', 'node_modules', '@fairlead'), { recursive: true });
  cpSync(own, other, { recursive: true });
  const { version: before } = JSON.parse(readFileSync(join(own, 'package.json'), 'utf8')) as {
    version: string;
  };
  const found = readdirSync(join(other, 'dist')).filter((file) => file.startsWith('version.js'));
  for (const file of ['package.json', ...found.map((each) => join('dist', each))]) {
    const path = join(other, file);
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll(before, version));
  }
  return before;
}

async function judgeVersions(bench: Bench, project: Project): Promise<void> {
  const version = copyAsOther(project, '0.0.9');
  const { out, err, code } = await project.run(['two-versions.cjs']);
  const text = `@fairlead/client 0.0.9 and ${version} are both loaded`;
  const calls = out.split('\n').filter((line) => line.startsWith('pod ')).length;
  const ok = code === 0 && calls === 300 && err.split('\n').length === 1 && err.includes(text);
  bench.report({
    case: 'two versions of the client on one grpc-js: one warning, and calls work',
    expected: `${text}; 300 calls`,
    got: `${err}; ${calls} calls`,
    ok,
  });
}

async function judge(bench: Bench): Promise<void> {
  const project = await bench.install({ apps: ['runtimes', 'registration'], packages: {} });
  const programs: readonly (readonly [program: string, args: readonly string[]])[] = [
    ['register() twice with the same options', ['twice.mjs']],
    ['a client at module level, preloaded', [...PRELOAD, 'module-level.mjs']],
    [
      'a client at module level, own preload with options',
      ['--import', './own-preload.mjs', 'module-level.mjs'],
    ],
    ['preloaded, then register() with options', [...PRELOAD, 'main-options.mjs']],
  ];
  for (const [program, args] of programs) await judgeCalls(bench, { program, project, args });
  await judgeLate(bench, project);
  const tooLate = await project.run([...PRELOAD, 'options-too-late.mjs']);
  judgeDocumented(bench, 'preloaded, a client, then options', PRELOADED, tooLate.err);
  await judgeWorkers(bench, project);
  await judgeVersions(bench, project);
}

/** When, where and how often `register()` is called. */
export const REGISTRATION_SET_UPS: readonly SetUp[] = [{ name: 'registration', judge }];
