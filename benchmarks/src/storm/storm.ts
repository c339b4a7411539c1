import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom, shuffled } from '#commands/random.js';
import type { Benchmark } from '../benchmark.js';
import type { Staleness } from '../control-plane/orders.js';
import { type Clients, type Server, startClients, startServer } from '../control-plane/start.js';
import { RESOURCE_TYPES } from '../control-plane/wire.js';
import { perRound, ratio } from '../interleave.js';
import { createRow, type Row } from '../rows.js';

const CLIENTS = 100;
const EVENTS = 1000;
const OVER_MS = 1000;
const ROUNDS = 8;
const WARMUP_ROUNDS = 1;
/** Longer than any window: the first change of the next storm finds none open (ms). */
const REST_MS = 200;

interface Scene {
  readonly name: string;
  readonly services: number;
  /** Of each client. */
  readonly wanted: number;
  readonly endpoints: number;
  /** What holds pushes back here (ms). */
  readonly windowMs: number;
}

const SCENES: readonly Scene[] = [
  // The default of `mergeMs`.
  { name: 'one Service', services: 1, wanted: 1, endpoints: 100, windowMs: 50 },
  // Each Service changes every 200 ms, so that only the window of streams is left.
  { name: '200 Services', services: 200, wanted: 20, endpoints: 10, windowMs: 10 },
];

/** Goals: of the first push (ms), of the 99th percentile of staleness (windows), of pushes that are too many. */
const GOALS = { firstMs: 5, windows: 2, beyond: 0 };

interface Outcome extends Staleness {
  readonly stallMs: number;
  /** Of the control plane. */
  readonly cpuMs: number;
}

class Storms {
  readonly #server: Server;
  readonly #clients: Clients;
  readonly #services: readonly string[];

  private constructor(server: Server, clients: Clients, services: readonly string[]) {
    this.#server = server;
    this.#clients = clients;
    this.#services = services;
  }

  static async start({ services: count, wanted, endpoints }: Scene): Promise<Storms> {
    const random = seededRandom(count);
    const services = Array.from({ length: count }, (_, n) => `serv-${n}`);
    const { server, port } = await startServer({ port: 0, endpoints, watchesLoop: true });
    const groups = Array.from({ length: CLIENTS }, () => ({
      clients: 1,
      protocol: 'sotw' as const,
      services: shuffled(services, random).slice(0, wanted),
    }));
    const clients = await startClients({ port, groups, types: RESOURCE_TYPES, remember: true });
    return new Storms(server, clients, services);
  }

  async run(): Promise<Outcome> {
    await sleep(REST_MS);
    await this.#server.ask('facts', null);
    const made = await this.#server.ask('storm', {
      services: this.#services,
      events: EVENTS,
      overMs: OVER_MS,
    });
    const staleness = await this.#clients.ask('staleness', made);
    const { stallMs, cpuMs } = await this.#server.ask('facts', null);
    return { ...staleness, stallMs, cpuMs };
  }

  async end(): Promise<void> {
    await this.#clients.end();
    await this.#server.end();
  }
}

function rowsOf({ name, windowMs }: Scene, first: readonly Outcome[], again: readonly Outcome[]): Row[] {
  const of = (read: (outcome: Outcome) => number): { subject: number[]; again: number[] } => ({
    subject: first.map(read),
    again: again.map(read),
  });
  const row = (what: string): { id: string; n: number; unit: string } => ({
    id: `storm/${name}, ${what}`,
    n: CLIENTS,
    unit: 'ms',
  });
  const p99 = of(({ p99Ms }) => p99Ms);
  const windows = OVER_MS / windowMs;
  return [
    createRow({ ...row('first push'), ...of(({ firstMs }) => firstMs), goal: GOALS.firstMs }),
    createRow({ ...row('first push, last client'), ...of(({ lastMs }) => lastMs) }),
    createRow({
      ...row(`p99 staleness ÷ ${windowMs} ms`),
      ...p99,
      ratios: perRound((ms) => ratio(ms, windowMs), [...p99.subject, ...p99.again]),
      goal: GOALS.windows,
    }),
    createRow({ ...row('greatest staleness'), ...of(({ maxMs }) => maxMs) }),
    createRow({
      ...row('pushes beyond one a window'),
      unit: '',
      // The first change does not wait for the end of a window.
      subject: [...first, ...again].map(({ responses }) => Math.max(0, responses - windows - 1)),
      goal: GOALS.beyond,
    }),
    createRow({ ...row('pushes'), unit: '', ...of(({ responses }) => responses) }),
    createRow({ ...row('CPU of all'), ...of(({ cpuMs }) => cpuMs) }),
    createRow({ ...row('longest stall'), ...of(({ stallMs }) => stallMs) }),
  ];
}

/** What clients notice of very many changes in a short time. */
export const storm: Benchmark = {
  name: 'storm',
  about: `${EVENTS} changes in a second, ${CLIENTS} clients: when they hear of them, and how often`,
  async run({ progress }): Promise<Row[]> {
    const rows: Row[] = [];
    for (const scene of SCENES) {
      const storms = await Storms.start(scene);
      const [first, again]: [Outcome[], Outcome[]] = [[], []];
      try {
        for (let round = -WARMUP_ROUNDS; round < ROUNDS; round++) {
          progress(`${scene.name}, round ${round} of ${ROUNDS}`);
          for (const outcomes of [first, again]) {
            const outcome = await storms.run();
            if (round >= 0) outcomes.push(outcome);
          }
        }
      } finally {
        await storms.end();
      }
      rows.push(...rowsOf(scene, first, again));
    }
    return rows;
  },
};
