import type { Ended } from '../../npm/command.js';
import { judgeDocumented } from '../documented.js';
import type { Bench, Project, SetUp } from '../set-up.js';

/** Two test files that register differently: they would refuse each other's options if they saw each other. */
async function judgeRun(bench: Bench, name: string, ended: Ended, passed: RegExp): Promise<void> {
  const said = `${ended.out}\n${ended.err}`;
  const wrong = [
    ...(ended.late || /did not exit|force exited|hanging/i.test(said) ? ['does not end by itself'] : []),
    ...(ended.code === 0
      ? []
      : [`exit ${ended.code}: ${/(?:Error|SyntaxError)[^\n]*/.exec(said)?.[0] ?? said.slice(-300)}`]),
    ...(passed.test(said) ? [] : ['not two tests passed']),
  ];
  bench.report({
    case: `${name}: two test files, each with a registration of its own`,
    expected: 'both pass, and it ends by itself',
    got: wrong.join('; ') || 'both pass, and it ends by itself',
  });
}

const JEST = ['node_modules/jest/bin/jest.js', '--ci', '--maxWorkers=2', '--config'];

async function judgeJest(bench: Bench, project: Project): Promise<void> {
  for (const transform of ['babel', 'swc', 'ts-jest']) {
    const ended = await project.run([...JEST, `jest.${transform}.json`], { timeoutMs: 120_000 });
    await judgeRun(bench, `Jest with ${transform}`, ended, /Tests:\s+2 passed, 2 total/);
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
      await judgeJest(bench, await bench.install({ apps: ['jest'], packages, type: 'commonjs' }));
    },
  },
  {
    name: 'vitest',
    async judge(bench) {
      const project = await bench.install({ apps: ['jest', 'vitest'], packages: { vitest: '^4' } });
      const ended = await project.run(['node_modules/vitest/vitest.mjs', 'run'], { timeoutMs: 120_000 });
      await judgeRun(bench, 'vitest', ended, /Tests\s+2 passed \(2\)/);
    },
  },
];
