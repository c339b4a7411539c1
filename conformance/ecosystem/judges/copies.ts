import { mkdirSync, writeFileSync } from 'node:fs';
import { npmInstall } from '../../npm/install.js';
import { judgeDocumented } from '../documented.js';
import type { Bench, Project, SetUp } from '../set-up.js';

const NESTED = ['node_modules', '@grpc', 'grpc-js'];

/** What must stand in an output, and what was found instead. */
function judgeText(bench: Bench, name: string, text: string, pieces: readonly string[]): void {
  const missing = pieces.filter((piece) => !text.includes(piece));
  bench.report({
    case: name,
    expected: pieces.join(' … '),
    got: missing.length === 0 ? text : `without "${missing[0]}": ${text.slice(0, 400)}`,
    ok: missing.length === 0,
  });
}

/** A line that names both copies with their versions. */
const bothCopies = (own: string, other: string): string[] => [
  'several copies of @grpc/grpc-js are loaded: ',
  `${own} (1.14.`,
  ', registered)',
  `${other} (1.`,
  'k8s:/// does not work in the last one',
  'npm ls @grpc/grpc-js',
];

async function judgeNested(bench: Bench): Promise<void> {
  const project = await bench.install({ apps: ['copies'], packages: { 'google-gax': '4.0.5' } });
  const { out, err, code } = await project.run(['gax.cjs']);
  const nested = project.path('node_modules', 'google-gax', ...NESTED);
  const name = 'google-gax 4.0.5 brings grpc-js 1.9';
  judgeText(bench, `${name}: the warning names both`, err, bothCopies(project.path(...NESTED), nested));
  const text = 'Name resolution failed for target dns:k8s:///serv-ca.nspace:8088';
  judgeText(bench, `${name}: its call fails, the process goes on`, `${out}\nexit ${code}`, [
    'same copy: false',
    text,
    'exit 0',
  ]);
}

async function judgePinned(bench: Bench): Promise<void> {
  const packages = { '@grpc/grpc-js': '1.13.4' };
  const project = await bench.install({ apps: ['copies'], packages, flags: ['--legacy-peer-deps'] });
  const { out, err, code } = await project.run(['old.cjs']);
  const own = project.path(...NESTED);
  const pieces = [
    'GRPC_UNFIT: @fairlead/client ',
    ' needs @grpc/grpc-js ~1.14: ',
    `${own} (1.13.4) lacks`,
    'exit 0',
  ];
  judgeText(
    bench,
    'grpc-js 1.13.4 by --legacy-peer-deps: register() says so in one line',
    [out, err, `exit ${code}`].join('\n').trim(),
    pieces,
  );
}

/** A second install below the first: what it has is another copy, although it is the same version. */
async function installNested(
  project: Project,
  dependencies: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> {
  mkdirSync(project.path('other'));
  writeFileSync(project.path('other', 'package.json'), JSON.stringify({ private: true, dependencies }));
  await npmInstall(project.path('other'), ['--legacy-peer-deps'], signal);
}

async function judgeTwice(bench: Bench): Promise<void> {
  const project = await bench.install({ apps: ['copies'], packages: {} });
  await installNested(project, { '@grpc/grpc-js': '~1.14.0' }, bench.signal);
  const { out, err } = await project.run(['twice.cjs']);
  const name = 'the same grpc-js twice';
  judgeText(
    bench,
    `${name}: the warning names both`,
    err,
    bothCopies(project.path(...NESTED), project.path('other', ...NESTED)),
  );
  const mixed = 'Channel credentials must be a ChannelCredentials object';
  judgeDocumented(bench, 'credentials of another copy', mixed, out);
  judgeText(bench, `${name}: register({ grpc }) cures it`, out, [
    'Name resolution failed for target dns:k8s:///',
    '\nfrom serv-ca-',
  ]);
}

/** More than one grpc-js in an application. */
export const COPY_SET_UPS: readonly SetUp[] = [
  { name: 'copies-nested', judge: judgeNested },
  { name: 'copies-pinned', judge: judgePinned },
  { name: 'copies-twice', judge: judgeTwice },
];
