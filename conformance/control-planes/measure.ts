import { Child } from '#benchmarks/control-plane/child.js';
import { interleave } from '#benchmarks/interleave.js';
import { median, quantile } from '#benchmarks/statistics.js';
import { type Random, seededRandom } from '#commands/random.js';
import { monotonicMs } from '#commands/wait.js';
import { type Cluster, rest, targetOf } from './cluster.js';
import { CONTESTANTS, type Contestant, type Running, start } from './contestants.js';
import type { Taken, Turn } from './figures.js';
import type { ClientsOrder, ClientsQuestions } from './orders.js';
import { cpuMicrosecondsOf, residentBytes } from './process-cost.js';

/** What is measured with. */
export interface Bench {
  readonly cluster: Cluster;
  /** The Go program. */
  readonly binary: string;
  readonly signal: AbortSignal;
}

/** Who subscribes to what. Each control plane has the same in a namespace of its own. */
export interface Setting {
  readonly id: string;
  readonly services: number;
  /** Of each Service. */
  readonly endpoints: number;
  /** Clients, shared evenly by the Services. */
  readonly clients: number;
}

/** What was measured in one setting. */
export interface Measured {
  readonly setting: Setting;
  /** By id of the contestant. */
  readonly taken: ReadonlyMap<string, Taken>;
  /** Until the API server had answered a write (ms, median): a part of what it took to reach clients. */
  readonly writeMs: number;
}

/** Changes of one turn. */
const CHANGES = 6;
const ROUNDS = 10;
/** Code is compiled, heaps grow. */
const WARMUP_ROUNDS = 3;

/** A control plane in a setting. */
interface Entrant {
  readonly contestant: Contestant;
  readonly running: Running;
  readonly clients: Child<ClientsQuestions>;
  readonly namespace: string;
  readonly services: readonly string[];
  readonly aloneBytes: number;
}

/** Changes one Service after the other, and remembers what it took. */
class Turns {
  readonly turns: Turn[] = [];
  readonly again: Turn[] = [];
  readonly writesMs: number[] = [];
  readonly #cluster: Cluster;
  readonly #entrant: Entrant;
  #next = 0;

  constructor(cluster: Cluster, entrant: Entrant) {
    this.#cluster = cluster;
    this.#entrant = entrant;
  }

  async take(into: Turn[]): Promise<number> {
    const { pid } = this.#entrant.running;
    const tookMs: number[] = [];
    await rest();
    const before = cpuMicrosecondsOf(pid);
    for (let n = 0; n < CHANGES; n++) {
      tookMs.push(...(await this.#change()));
      await rest();
    }
    const cpuUs = (cpuMicrosecondsOf(pid) - before) / CHANGES;
    tookMs.sort((a, b) => a - b);
    into.push({ p50Ms: quantile(tookMs, 0.5), p99Ms: quantile(tookMs, 0.99), cpuUs });
    return cpuUs;
  }

  async #change(): Promise<number[]> {
    const { services, namespace, clients } = this.#entrant;
    const service = services[this.#next % services.length] ?? '';
    this.#next += 1;
    const host = this.#cluster.newAddress();
    await clients.ask('expect', { name: targetOf(service, namespace), host });
    const seen = clients.ask('seen', null);
    // It is waited for below; that it may fail before must not end this process.
    seen.catch(() => {});
    const beganMs = monotonicMs();
    await this.#cluster.replace(namespace, service, host);
    this.writesMs.push(monotonicMs() - beganMs);
    return (await seen).map((atMs) => atMs - beganMs);
  }
}

/** Starts clients, one for each name; resolves when each has endpoints. */
async function startClients(order: ClientsOrder): Promise<Child<ClientsQuestions>> {
  const clients = new Child<ClientsQuestions>(new URL('./clients-process.js', import.meta.url), order);
  try {
    await clients.ask('ready', null);
    return clients;
  } catch (error) {
    await clients.end();
    throw error;
  }
}

async function enter(bench: Bench, setting: Setting, contestant: Contestant): Promise<Entrant> {
  const { cluster, binary } = bench;
  const namespace = `${setting.id}-${contestant.id}`;
  const services = Array.from({ length: setting.services }, (_, n) => `serv-${n}`);
  await cluster.addNamespace(namespace);
  await cluster.addServices(namespace, services, setting.endpoints);
  const running = await start(contestant, { binary, namespace, port: 0, kubeconfig: cluster.kubeconfig });
  try {
    await rest();
    const aloneBytes = residentBytes(running.pid);
    const names = Array.from({ length: setting.clients }, (_, n) =>
      targetOf(services[n % services.length] ?? '', namespace),
    );
    const clients = await startClients({ port: running.port, names });
    return { contestant, running, clients, namespace, services, aloneBytes };
  } catch (error) {
    await running.close();
    throw error;
  }
}

async function takeTurns(
  bench: Bench,
  setting: Setting,
  entrants: readonly Entrant[],
  random: Random,
): Promise<Measured> {
  const all = entrants.map((entrant) => ({ entrant, turns: new Turns(bench.cluster, entrant) }));
  const order = all.flatMap(({ entrant: { contestant }, turns }) => [
    [contestant.id, () => turns.take(turns.turns)] as const,
    [`${contestant.id}, again`, () => turns.take(turns.again)] as const,
  ]);
  const sentBefore = await Promise.all(entrants.map(({ clients }) => clients.ask('received', null)));
  await interleave(Object.fromEntries(order), {
    rounds: ROUNDS,
    warmupRounds: WARMUP_ROUNDS,
    random,
    onRound: () => bench.signal.throwIfAborted(),
  });
  const taken = new Map<string, Taken>();
  for (const [index, { entrant, turns }] of all.entries()) {
    const { responses = 0, resources = 0, bytes = 0 } = sentBefore[index] ?? {};
    const received = await entrant.clients.ask('received', null);
    taken.set(entrant.contestant.id, {
      turns: turns.turns.slice(WARMUP_ROUNDS),
      again: turns.again.slice(WARMUP_ROUNDS),
      sent: {
        responses: received.responses - responses,
        resources: received.resources - resources,
        bytes: received.bytes - bytes,
      },
      changes: turns.writesMs.length,
      aloneBytes: entrant.aloneBytes,
      endBytes: residentBytes(entrant.running.pid),
    });
  }
  return { setting, taken, writeMs: median(all.flatMap(({ turns }) => turns.writesMs)) };
}

/** Measures all contestants in one setting, in turns. `onVersions` is told what each is made of. */
export async function measure(
  bench: Bench,
  setting: Setting,
  onVersions: (contestant: Contestant, versions: Running['versions']) => void,
): Promise<Measured> {
  const entrants: Entrant[] = [];
  try {
    for (const contestant of CONTESTANTS) {
      bench.signal.throwIfAborted();
      const entrant = await enter(bench, setting, contestant);
      entrants.push(entrant);
      onVersions(contestant, entrant.running.versions);
    }
    return await takeTurns(bench, setting, entrants, seededRandom(setting.clients + setting.endpoints));
  } finally {
    for (const { clients, running } of entrants) {
      await clients.end();
      await running.close();
    }
  }
}
