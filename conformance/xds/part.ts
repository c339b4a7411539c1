import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildProgram, missingForProgram } from '../go/program.js';
import type { Part, PartContext } from '../part.js';
import { FIRST_PODS, NAMESPACE, startCluster } from '../peers/cluster.js';
import { settle } from '../peers/events.js';
import { startObserver } from '../peers/observer.js';
import type { Client } from './clients.js';
import { cause } from './install.js';
import { clientsPage } from './page.js';
import { CLIENTS } from './proxies.js';
import { ACTS, type Act } from './scenarios.js';
import type { Found, Stage } from './scene.js';

/** The servers are those of the part `peers`. */
const SERVERS = fileURLToPath(new URL('../../peers/', import.meta.url));
const PAGE = fileURLToPath(new URL('../../../docs/xds-clients.md', import.meta.url));

/** Pieces of the names of those that are to run, with commas between; undefined: all. The page is written of all only. */
const SOME_CLIENTS = process.env.FAIRLEAD_CONFORMANCE_ONLY;
const SOME_ACTS = process.env.FAIRLEAD_CONFORMANCE_SCENARIOS;

const wanted = (pieces: string | undefined, name: string): boolean =>
  pieces === undefined || pieces.split(',').some((piece) => name.includes(piece));

/** Who takes part, and who does not and why. */
interface Entrants {
  readonly clients: readonly Client[];
  readonly absent: ReadonlyMap<string, string>;
}

const INFORMATIVE = new Set(CLIENTS.filter(({ informative }) => informative).map(({ name }) => name));

async function prepare({ log, report, signal }: PartContext): Promise<Entrants> {
  const clients: Client[] = [];
  const absent = new Map<string, string>();
  for (const source of CLIENTS.filter(({ name }) => wanted(SOME_CLIENTS, name))) {
    const missing = await source.missing();
    log(missing === undefined ? `${source.name}: built or installed` : `${source.name}: missing: ${missing}`);
    const built = missing ?? (await source.build(signal).catch((error: unknown) => cause(error)));
    if (typeof built !== 'string') {
      clients.push(built);
      continue;
    }
    signal.throwIfAborted();
    absent.set(source.name, built);
    if (source.informative) log(`${source.name}: not run: ${built}`);
    else report({ case: `${source.name}: takes part`, expected: 'it does', got: `not run: ${built}` });
  }
  return { clients, absent };
}

/** One act after the other, of those that are wanted. */
async function perform(track: readonly Act[], stageOf: (act: Act) => Stage): Promise<void> {
  for (const act of track) if (wanted(SOME_ACTS, act.name)) await act.run(stageOf(act));
}

/** Waits for all of them, also when one fails: what they have started must end before the cluster does. */
async function sideBySide(running: readonly Promise<void>[]): Promise<void> {
  for (const end of await Promise.allSettled(running)) if (end.status === 'rejected') throw end.reason;
}

async function run(context: PartContext): Promise<void> {
  context.log('clients of other languages: the first build takes some minutes');
  const servers = await buildProgram(SERVERS, context.signal);
  const { clients, absent } = await prepare(context);
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-xds-'));
  /** By act, because acts that run side by side find things in no order. */
  const found = new Map<Act, Found[]>(ACTS.flat(2).map((act) => [act, []]));
  const versions = new Map<string, Readonly<Record<string, string>>>();
  const cluster = await startCluster(servers);
  const observer = startObserver(cluster.api, NAMESPACE, 'echo');
  const stageOf = (act: Act): Stage => ({
    ...{ context, clients, cluster, observer, servers, folder },
    introduce(team) {
      for (const [name, caller] of team) versions.set(name, caller.versions);
    },
    found(scenario, client, verdict) {
      found.get(act)?.push({ scenario, client, verdict });
      const { holds: ok, ...texts } = verdict;
      const title = `${client}: ${scenario.title}`;
      if (!INFORMATIVE.has(client)) context.report({ case: title, ...texts, ok });
      else context.log(`${ok ? '✓' : '✗'} ${title} (not judged)${ok ? '' : `: ${texts.got}`}`);
    },
  });
  try {
    await settle({ cluster, observer, signal: context.signal }, FIRST_PODS);
    for (const tracks of ACTS) await sideBySide(tracks.map((track) => perform(track, stageOf)));
  } finally {
    await observer.close();
    await cluster.close();
    rmSync(folder, { recursive: true, force: true });
  }
  const date = new Date().toISOString().slice(0, 10);
  const whole = SOME_CLIENTS === undefined && SOME_ACTS === undefined;
  const all = [...found.values()].flat();
  if (whole)
    writeFileSync(PAGE, clientsPage({ found: all, absent, informative: INFORMATIVE, date, versions }));
}

/** Other people's xDS clients, on our control plane. */
export const xds: Part = {
  name: 'xds',
  about:
    'gRPC clients of five languages and Envoy on the control plane: same pods, same events, docs/xds-clients.md',
  missing: () => missingForProgram(SERVERS),
  run,
};
