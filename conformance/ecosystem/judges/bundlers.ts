import { Calls, judgeShares, trouble } from '../calls.js';
import { judgeDocumented } from '../documented.js';
import type { Bench, Project, SetUp } from '../set-up.js';

/** A way to make one file of an application. */
interface Bundler {
  readonly name: string;
  /** Arguments of Node.js that make the bundle. */
  readonly build: readonly string[];
  readonly bundle: string;
}

const ESBUILD = [
  'node_modules/esbuild/bin/esbuild',
  'app.mjs',
  '--bundle',
  '--platform=node',
  '--log-level=warning',
];

const BUNDLERS: readonly Bundler[] = [
  {
    name: 'esbuild, CommonJS',
    build: [...ESBUILD, '--format=cjs', '--outfile=out/plain.cjs'],
    bundle: 'out/plain.cjs',
  },
  {
    name: 'esbuild, CommonJS, minified',
    build: [...ESBUILD, '--format=cjs', '--minify', '--outfile=out/small.cjs'],
    bundle: 'out/small.cjs',
  },
  {
    name: 'esbuild, packages left outside',
    build: [...ESBUILD, '--format=esm', '--packages=external', '--outfile=out/outside.mjs'],
    bundle: 'out/outside.mjs',
  },
  { name: 'esbuild, ES module with the banner', build: ['esbuild-esm.mjs'], bundle: 'out/banner.mjs' },
  { name: 'webpack', build: ['webpack.mjs'], bundle: 'out/webpack.cjs' },
  {
    name: 'ncc',
    build: ['node_modules/@vercel/ncc/dist/ncc/cli.js', 'build', 'app.mjs', '--out', 'out/ncc', '--quiet'],
    bundle: 'out/ncc/index.mjs',
  },
];

async function judgeBundle(bench: Bench, project: Project, { name, build, bundle }: Bundler): Promise<void> {
  await project.must(build);
  const calls = new Calls();
  const ended = await project.run([bundle], { onLine: calls.take });
  const shares = judgeShares(calls.shares(0), 3);
  const wrong = trouble(ended);
  if (!shares.even) wrong.push('not even');
  bench.report({
    case: `${name}: the bundle calls`,
    expected: 'even, nothing on stderr',
    got: [`${shares.text} of ${calls.count} calls`, ...wrong].join('; '),
    ok: wrong.length === 0,
  });
}

/** grpc-js is in the bundle, and once more outside. */
async function judgeOutside(bench: Bench, project: Project): Promise<void> {
  const build = ESBUILD.with(1, 'outside.mjs');
  await project.must([...build, '--format=cjs', '--external:nice-grpc', '--outfile=out/mixed.cjs']);
  const { err } = await project.run(['out/mixed.cjs']);
  const outside = project.path('node_modules', '@grpc', 'grpc-js');
  bench.report({
    case: 'a bundle beside an external library that has grpc-js too: names the external copy',
    expected: 'several copies of @grpc/grpc-js are loaded: …, with its path',
    got: err.replaceAll(project.folder, '.'),
    ok: err.includes('several copies of @grpc/grpc-js are loaded') && err.includes(`${outside} (1.14.`),
  });
}

/** Bundlers that people use for servers. */
export const BUNDLER_SET_UPS: readonly SetUp[] = [
  {
    name: 'bundlers',
    async judge(bench) {
      const packages = { '@vercel/ncc': '*', esbuild: '*', 'nice-grpc': '*', webpack: '^5' };
      const project = await bench.install({ apps: ['bundlers'], packages });
      for (const bundler of BUNDLERS) await judgeBundle(bench, project, bundler);
      await judgeOutside(bench, project);
      await project.must([...ESBUILD, '--format=esm', '--outfile=out/bare.mjs']);
      const { err } = await project.run(['out/bare.mjs']);
      judgeDocumented(bench, 'esbuild, ES module without the banner', 'Dynamic require of "', err);
    },
  },
];
