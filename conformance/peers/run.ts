import { setTimeout as pause } from 'node:timers/promises';
import { waitFor } from '#commands/wait.js';
import type { PartContext } from '../part.js';
import { type Caller, type Cost, startCaller } from './caller.js';
import { type Cluster, CROWD, FIRST_PODS, NAMESPACE, startCluster } from './cluster.js';
import type { Contestant, Where } from './contestants.js';
import { type ClusterEvent, EVENT_SERVICE, EVENTS, happen } from './events.js';
import { type Call, type Figures, figuresOf } from './figures.js';
import type { Happening } from './happening.js';
import { epochMs, startObserver } from './observer.js';
import { startProgram } from './program.js';

/** What one contestant made of one event. */
export interface Row {
  readonly contestant: string;
  readonly figures: Figures;
}

/** One event with all rows, which were measured at the same moment on the same pods. */
export interface Measured {
  readonly event: Pick<ClusterEvent, 'id' | 'title' | 'about'>;
  /** Pods ready at the end, and how many became so during the event. */
  readonly ready: number;
  readonly arrived: number;
  readonly rows: readonly Row[];
}

/** A client process of the events. */
export interface Client {
  /** What it was made of. */
  readonly versions: Readonly<Record<string, string>>;
  /** Processor time of all its calls, and memory at the end. */
  readonly cost: Cost;
  readonly calls: number;
}

/** What the whole run found. */
export interface Findings {
  readonly measured: readonly Measured[];
  /** By contestant. */
  readonly clients: ReadonlyMap<string, Client>;
}

const START_MS = 60_000;
/** After that a DNS client may ask again whenever it wants to: none is caught in its first 30 s. */
const WARM_MS = 35_000;
/** A call may hang until its deadline of 5 s; then it has ended and was told. */
const LAST_CALLS_MS = 5_500;
const CROWD_SIZE = 150;
const CROWD_MS = 30_000;

const CROWD_EVENT: Measured['event'] = {
  id: 'many-endpoints',
  title: `${CROWD_SIZE} endpoints`,
  about: `A new client dials a Service of ${CROWD_SIZE} endpoints in two EndpointSlices (100 and 50, as the controller fills them); nothing changes for ${CROWD_MS / 1000} s.`,
};

type Team = ReadonlyMap<string, Caller>;

/** Starts a client process of each contestant; when one cannot start, none is left. */
async function startTeam(contestants: readonly Contestant[], where: Where, service: string): Promise<Team> {
  const team = new Map<string, Caller>();
  try {
    for (const { name, command } of contestants) team.set(name, await startCaller(command(where, service)));
    return team;
  } catch (error) {
    await closeTeam(team).catch(() => {});
    throw error;
  }
}

async function closeTeam(team: Team): Promise<void> {
  const ends = await Promise.allSettled([...team.values()].map((caller) => caller.close()));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

const takeAll = (team: Team): Map<string, Call[]> =>
  new Map([...team].map(([name, caller]) => [name, caller.take()]));

async function measure(
  team: Team,
  event: Measured['event'],
  during: () => Promise<Happening>,
): Promise<Measured> {
  takeAll(team);
  const happening = await during();
  await pause(LAST_CALLS_MS);
  const rows = [...takeAll(team)].map(([contestant, calls]) => ({
    contestant,
    figures: figuresOf(calls, happening),
  }));
  return { event, ready: happening.ready.length, arrived: happening.arrived.size, rows };
}

/** Waits until every client has called with success, and then until DNS may be asked again. */
async function warmUp(team: Team, { log, signal }: PartContext): Promise<void> {
  const waiting = new Set(team.keys());
  const all = (): boolean => {
    for (const [name, calls] of takeAll(team)) if (calls.some(({ code }) => code === 0)) waiting.delete(name);
    return waiting.size === 0;
  };
  await waitFor('every client has called a pod', all, { timeoutMs: START_MS, signal }).catch(
    (error: Error) => {
      throw new Error(`${error.message}; not: ${[...waiting].join(', ')}`);
    },
  );
  log(`${team.size} clients call; they get ${WARM_MS / 1000} s to come to rest`);
  await pause(WARM_MS, undefined, { signal });
}

interface Rig {
  readonly context: PartContext;
  readonly cluster: Cluster;
  readonly where: Where;
  readonly contestants: readonly Contestant[];
  /** Told of each event as soon as it is measured. */
  readonly onMeasured: (measured: Measured) => void;
}

/** What the clients of the events cost, from when they had come to rest. */
function clientsOf(
  team: Team,
  atRest: ReadonlyMap<string, Cost>,
  measured: readonly Measured[],
): Map<string, Client> {
  const clients = new Map<string, Client>();
  for (const [name, { versions, cost }] of team) {
    const { cpuMs, residentBytes } = cost();
    const rows = measured.flatMap((each) => each.rows.filter(({ contestant }) => contestant === name));
    const calls = rows.reduce((sum, { figures }) => sum + figures.calls, 0);
    const spentMs = cpuMs - (atRest.get(name)?.cpuMs ?? 0);
    clients.set(name, { versions, cost: { cpuMs: spentMs, residentBytes }, calls });
  }
  return clients;
}

async function runEvents(rig: Rig): Promise<Findings> {
  const { context, cluster, where, contestants, onMeasured } = rig;
  const { signal } = context;
  const observer = startObserver(cluster.api, NAMESPACE, EVENT_SERVICE);
  let team: Team | undefined;
  try {
    await waitFor('the first pods are ready', () => observer.ready().size === FIRST_PODS, {
      timeoutMs: START_MS,
      signal,
    });
    team = await startTeam(contestants, where, EVENT_SERVICE);
    await warmUp(team, context);
    const atRest = new Map([...team].map(([name, { cost }]) => [name, cost()]));
    const measured: Measured[] = [];
    for (const event of EVENTS) {
      context.log(event.title);
      const found = await measure(team, event, () => happen(event, { cluster, observer, signal }));
      measured.push(found);
      onMeasured(found);
    }
    return { measured, clients: clientsOf(team, atRest, measured) };
  } finally {
    await observer.close();
    if (team) await closeTeam(team);
  }
}

/** Addresses of the sandbox's own range that no node has. */
const crowdAddresses = (dns: string): string[] => {
  const network = dns.split('.').slice(0, 2).join('.');
  return Array.from({ length: CROWD_SIZE }, (_, index) => `${network}.200.${index + 1}`);
};

async function runCrowd({ context, cluster, where, contestants, onMeasured }: Rig): Promise<Measured> {
  context.log(CROWD_EVENT.title);
  const addresses = crowdAddresses(where.dns);
  const servers = await startProgram({ argv: [where.binary, 'crowd', ...addresses] });
  let team: Team | undefined;
  try {
    await cluster.addCrowd(addresses);
    const startMs = epochMs();
    const crew = await startTeam(contestants, where, CROWD);
    team = crew;
    const settledMs = epochMs();
    const still = async (): Promise<Happening> => {
      await pause(CROWD_MS, undefined, { signal: context.signal });
      return { startMs, settledMs, endMs: epochMs(), ready: addresses, arrived: new Map(), empty: [] };
    };
    const found = await measure(crew, CROWD_EVENT, still);
    onMeasured(found);
    return found;
  } finally {
    if (team) await closeTeam(team);
    await servers.close();
  }
}

/** Lets everything happen once, to all contestants at the same time; `onMeasured` is told of each event. */
export async function compareAll(
  context: PartContext,
  { binary, contestants, onMeasured }: Pick<Rig, 'contestants' | 'onMeasured'> & { readonly binary: string },
): Promise<Findings> {
  const cluster = await startCluster(binary);
  try {
    const where: Where = { binary, kubeconfig: cluster.kubeconfig, dns: cluster.sandbox.dns };
    const rig: Rig = { context, cluster, where, contestants, onMeasured };
    const { measured, clients } = await runEvents(rig);
    return { measured: [...measured, await runCrowd(rig)], clients };
  } finally {
    await cluster.close();
  }
}
