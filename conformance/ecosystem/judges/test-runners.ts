import type { Ended } from '../../npm/command.js';
import { judgeDocumented } from '../documented.js';
import type { Bench, Project, SetUp } from '../set-up.js';

/** What two test files that run at the same time must show. */
const REGISTRATIONS = 'two test files, each with a registration of its own';
const FIXTURES = 'two test files, each with a cluster and a registration of its own';

interface Run {
  /** As in `Jest with swc: REGISTRATIONS`. */
  readonly name: string;
  readonly ended: Ended;
  /** What the runner says when two tests passed. */
  readonly passed: RegExp;
}

/** Two test files that register differently: they would refuse each other's options if they saw each other. */
function judgeRun(bench: Bench, { name, ended, passed }: Run): void {
  const said = `${ended.out}\n${ended.err}`;
  const wrong = [
    ...(ended.late || /did not exit|force exited|hanging/i.test(said) ? ['does not end by itself'] : []),
    ...(ended.code === 0
      ? []
      : [`exit ${ended.code}: ${/(?:Error|SyntaxError)[^\n]*/.exec(said)?.[0] ?? said.slice(-300)}`]),
    ...(passed.test(said) ? [] : ['not two tests passed']),
  ];
  bench.report({
    case: name,
    expected: 'both pass, and it ends by itself',
    got: wrong.join('; ') || 'both pass, and it ends by itself',
  });
}

/** Without a cache babel and ts-jest transform some 400 files for each worker (ms). */
const JEST_MS = 400_000;
const JEST = ['node_modules/jest/bin/jest.js', '--ci', '--maxWorkers=2', '--config'];

/** Patterns of the test files of `apps/jest` and of `apps/fixture`. */
const TESTS = [
  { about: REGISTRATIONS, files: ['in-turn', 'least'] },
  { about: FIXTURES, files: ['scale', 'roll'] },
];

async function judgeJest(bench: Bench, project: Project): Promise<void> {
  const passed = /Tests:\s+2 passed, 2 total/;
  for (const transform of ['babel', 'swc', 'ts-jest']) {
    for (const { about, files } of TESTS) {
      const ended = await project.run([...JEST, `jest.${transform}.json`, ...files], { timeoutMs: JEST_MS });
      judgeRun(bench, { name: `Jest with ${transform}: ${about}`, ended, passed });
    }
  }
  const { err } = await project.run([...JEST, 'jest.default.json'], { timeoutMs: 120_000 });
  judgeDocumented(bench, 'Jest without the documented line', 'Must use import to load ES Module', err);
}

/** Test runners, each with the configuration that the docs give. */
export const TEST_RUNNER_SET_UPS: readonly SetUp[] = [
  {
    name: 'jest',
    async judge(bench) {
      const packages = {
        '@babel/core': '^7',
        '@babel/preset-env': '^7',
        '@swc/core': '*',
        '@swc/jest': '*',
        'babel-jest': '^30',
        jest: '^30',
        'ts-jest': '*',
        typescript: '~5.9.0',
      };
      await judgeJest(bench, await bench.install({ apps: ['jest', 'fixture'], packages, type: 'commonjs' }));
    },
  },
  {
    name: 'vitest',
    async judge(bench) {
      const project = await bench.install({
        apps: ['jest', 'vitest', 'fixture'],
        packages: { vitest: '^4' },
      });
      for (const { about, files } of TESTS) {
        const args = ['node_modules/vitest/vitest.mjs', 'run', ...files];
        const ended = await project.run(args, { timeoutMs: 120_000 });
        judgeRun(bench, { name: `vitest: ${about}`, ended, passed: /Tests\s+2 passed \(2\)/ });
      }
    },
  },
  {
    name: 'node-test',
    async judge(bench) {
      const project = await bench.install({ apps: ['fixture'], packages: {} });
      const args = ['--test', 'scale.node.mjs', 'roll.node.mjs'];
      const ended = await project.run(args, { timeoutMs: 120_000 });
      judgeRun(bench, { name: `node:test: ${FIXTURES}`, ended, passed: /^\W*pass 2$/m });
    },
  },
];
