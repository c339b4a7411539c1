import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildProgram, missingForProgram } from '../go/program.js';
import { machine } from '../machine.js';
import type { Part, PartContext } from '../part.js';
import { comparisonPage } from './comparison.js';
import { CONTESTANTS, NODE_PACKAGES, nodeContestant, RATE } from './contestants.js';
import { judge } from './judge.js';
import { type Installed, installPackage } from './packages.js';
import { compareAll, type Measured } from './run.js';

const FOLDER = fileURLToPath(new URL('../../peers/', import.meta.url));
const PAGE = fileURLToPath(new URL('../../../docs/comparison.md', import.meta.url));

const outcome = (installed: Installed): string =>
  'failure' in installed ? installed.failure : `${installed.version} loads`;

async function run(context: PartContext): Promise<void> {
  context.log('kuberesolver and grpc-go: a first build takes about a minute');
  const binary = await buildProgram(FOLDER, context.signal);
  const packages = [];
  for (const each of NODE_PACKAGES) {
    const installed = await installPackage(each.name, each.version, context.signal);
    context.log(`${each.name}: ${outcome(installed)}`);
    packages.push({ package: each, installed });
  }
  const more = packages.flatMap(({ package: each, installed }) =>
    'folder' in installed && each.unfit === undefined ? [nodeContestant(each, installed.folder)] : [],
  );
  const contestants = [...CONTESTANTS, ...more];
  const ours = new Set(contestants.filter((each) => each.ours === true).map(({ name }) => name));
  const onMeasured = (measured: Measured): void => {
    for (const { contestant, figures } of measured.rows) {
      if (ours.has(contestant))
        for (const found of judge(measured, contestant, figures)) context.report(found);
    }
  };
  const findings = await compareAll(context, { binary, contestants, onMeasured });
  const date = new Date().toISOString().slice(0, 10);
  writeFileSync(
    PAGE,
    comparisonPage({ ...findings, contestants, packages, date, machine: machine(), rate: RATE }),
  );
  context.log('docs/comparison.md is written anew');
}

/** Other ways to call pods, beside Fairlead: their figures are figures, Fairlead's behaviour is judged. */
export const peers: Part = {
  name: 'peers',
  about:
    'kuberesolver, DNS, npm’s resolvers and a virtual IP beside Fairlead: same pods, same events, docs/comparison.md',
  missing: () => missingForProgram(FOLDER),
  run,
};
