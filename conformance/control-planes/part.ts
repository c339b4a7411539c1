import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildProgram, missingForProgram } from '../go/program.js';
import { machine } from '../machine.js';
import type { Part, PartContext } from '../part.js';
import { behaviourOf, type Found } from './behaviour.js';
import { Cluster } from './cluster.js';
import { CONTESTANTS } from './contestants.js';
import { amplification } from './figures.js';
import { type Bench, type Measured, measure, type Setting } from './measure.js';
import { controlPlanesPage } from './page.js';

const FOLDER = fileURLToPath(new URL('../../control-planes/', import.meta.url));
const PAGE = fileURLToPath(new URL('../../../docs/control-planes.md', import.meta.url));

/** Who subscribes to what. */
const SETTINGS: readonly Setting[] = [
  { id: 'hundred', services: 1, endpoints: 100, clients: 200 },
  { id: 'thousand', services: 1, endpoints: 1_000, clients: 200 },
  { id: 'many', services: 100, endpoints: 100, clients: 200 },
];

/** Only ours is judged, and not by its speed. */
const OURS = CONTESTANTS[0]?.id ?? '';

function judgeSent({ setting, taken }: Measured, report: PartContext['report']): void {
  const ours = taken.get(OURS);
  if (ours === undefined) return;
  const got = amplification(ours, setting.clients / setting.services).toFixed(2);
  const what = `${setting.services} × ${setting.endpoints} endpoints, ${setting.clients} clients`;
  report({ case: `${what}: resources sent ÷ (changes × clients that subscribe)`, expected: '1.00', got });
}

async function run(context: PartContext): Promise<void> {
  const { log, report, signal } = context;
  log('go-control-plane and client-go: a first build takes some minutes');
  const binary = await buildProgram(FOLDER, signal);
  const cluster = await Cluster.start();
  const bench: Bench = { cluster, binary, signal };
  const measured: Measured[] = [];
  const behaviour = new Map<string, readonly Found[]>();
  const versions = new Map<string, Readonly<Record<string, string>>>();
  try {
    for (const setting of SETTINGS) {
      log(`${setting.services} × ${setting.endpoints} endpoints, ${setting.clients} clients`);
      const found = await measure(bench, setting, (contestant, made) => versions.set(contestant.id, made));
      measured.push(found);
      judgeSent(found, report);
    }
    for (const contestant of CONTESTANTS) {
      const found = await behaviourOf(bench, contestant);
      behaviour.set(contestant.id, found);
      if (contestant.id !== OURS) continue;
      for (const { situation, got, holds: ok } of found)
        report({ case: situation, expected: 'all that there is, and nothing before it is known', got, ok });
    }
  } finally {
    await cluster.close();
  }
  const date = new Date().toISOString().slice(0, 10);
  const content = { measured, behaviour, versions, contestants: CONTESTANTS, date, machine: machine() };
  writeFileSync(PAGE, controlPlanesPage(content));
  log('docs/control-planes.md is written anew');
}

/** go-control-plane beside our control plane: figures are figures, Fairlead's behaviour is judged. */
export const controlPlanes: Part = {
  name: 'control-planes',
  about:
    'go-control-plane beside `fairlead xds serve`: same slices, same clients, same changes, docs/control-planes.md',
  missing: () => missingForProgram(FOLDER),
  run,
};
