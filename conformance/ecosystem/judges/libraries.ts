import { judgeSpread } from '../calls.js';
import type { SetUp } from '../set-up.js';

const LOADER = { '@grpc/proto-loader': '*' };

/** grpc-js itself: with proto-loader, and as generated code uses it. */
const grpcJs: SetUp = {
  name: 'grpc-js',
  async judge(bench) {
    const project = await bench.install({ apps: ['grpc-js'], packages: { ...LOADER, protobufjs: '*' } });
    await judgeSpread(bench, { program: 'grpc-js with proto-loader', project, args: ['loaded.mjs'] });
    await judgeSpread(bench, { program: 'grpc-js, generic client', project, args: ['generic.cjs'] });
  },
};

const nest = (major: 11 | 12, type: 'commonjs' | 'module'): SetUp => ({
  name: `nest-${major}`,
  async judge(bench) {
    const version = `^${major}`;
    const project = await bench.install({
      apps: ['nest'],
      type,
      packages: {
        ...LOADER,
        '@nestjs/common': version,
        '@nestjs/core': version,
        '@nestjs/microservices': version,
        '@types/node': '^20',
        'reflect-metadata': '*',
        rxjs: '^7',
        typescript: '~5.9.0',
      },
    });
    await project.must(['node_modules/typescript/bin/tsc']);
    const program = `NestJS ${major}, ${type === 'module' ? 'ES modules' : 'CommonJS'} in TypeScript`;
    await judgeSpread(bench, { program, project, args: ['dist/main.js'] });
  },
});

const library = (
  name: string,
  packages: Readonly<Record<string, string>>,
  {
    program = name,
    env = {},
  }: { readonly program?: string; readonly env?: Readonly<Record<string, string>> } = {},
): SetUp => ({
  name,
  async judge(bench) {
    const project = await bench.install({ apps: [name], packages });
    await judgeSpread(bench, { program, project, args: ['app.mjs'], options: { env } });
  },
});

/** Brings a client of a service that the pods do not have: their answer shows that it came to them. */
const etcd3: SetUp = {
  name: 'etcd3',
  async judge(bench) {
    const project = await bench.install({ apps: ['etcd3'], packages: { etcd3: '*' } });
    const { out, err } = await project.run(['app.mjs']);
    const expected = 'The server does not implement the method /etcdserverpb.KV/Range';
    bench.report({
      case: 'etcd3: reaches a pod',
      expected,
      got: out || err,
      ok: out.includes(expected) && err === '',
    });
  },
};

/** Libraries that make the channel themselves; only their url or target is ours. */
export const LIBRARIES: readonly SetUp[] = [
  grpcJs,
  nest(11, 'commonjs'),
  nest(12, 'module'),
  library(
    'nice-grpc',
    {
      ...LOADER,
      'nice-grpc': '*',
      'nice-grpc-client-middleware-deadline': '*',
      'nice-grpc-client-middleware-retry': '*',
    },
    { program: 'nice-grpc with retry and deadline' },
  ),
  library('protobuf-ts', {
    '@protobuf-ts/grpc-transport': '*',
    '@protobuf-ts/runtime': '*',
    '@protobuf-ts/runtime-rpc': '*',
  }),
  // Without the variable it looks for Google's metadata server, and warns when there is none.
  library('google-gax', { 'google-gax': '*' }, { env: { METADATA_SERVER_DETECTION: 'none' } }),
  etcd3,
];
