import { setTimeout as sleep } from 'node:timers/promises';
import { type Random, seededRandom, shuffled } from '#commands/random.js';
import type { Benchmark } from '../benchmark.js';
import type { ClientGroup, Received } from '../control-plane/orders.js';
import { type Clients, type Server, startClients, startServer } from '../control-plane/start.js';
import { type Protocol, RESOURCE_TYPES } from '../control-plane/wire.js';
import { createRow, type Row } from '../rows.js';

const ENDPOINTS = 10;
const SERVICES = Array.from({ length: 200 }, (_, n) => `serv-${n}`);
/** Of each protocol. */
const CLIENTS = 40;
/** Services of a client; so every Service has four clients of each protocol on average, and some have none. */
const WANTED = 20;
const PROTOCOLS: readonly Protocol[] = ['sotw', 'delta'];
const ROUNDS = 10;
/** Turns of a round, each of which changes one Service up to so many. */
const TURNS = 25;
const MOST_CHANGED = 20;
/** In this time whatever is too much would have come (ms). */
const QUIET_MS = 100;
const GOAL = 1;

type ByProtocol = Record<Protocol, number>;

/** The control plane, its clients, and how many resources they have had. */
class Scene {
  readonly #server: Server;
  readonly #clients: Clients;
  readonly #groups: readonly ClientGroup[];
  readonly #random: Random;
  #had: number;

  constructor(parts: { server: Server; clients: Clients; groups: readonly ClientGroup[]; random: Random }) {
    this.#server = parts.server;
    this.#clients = parts.clients;
    this.#groups = parts.groups;
    this.#random = parts.random;
    this.#had = parts.groups.length * WANTED * RESOURCE_TYPES.length;
  }

  /** Resources that were sent ÷ (changed × subscribed), in one round of changes. */
  async measure(): Promise<ByProtocol> {
    const before = await this.#server.ask('facts', null);
    await this.#clients.ask('received', null);
    const due: ByProtocol = { sotw: 0, delta: 0 };
    for (let turn = 0; turn < TURNS; turn++) {
      const count = 1 + Math.floor(this.#random() * MOST_CHANGED);
      const changed = new Set(shuffled(SERVICES, this.#random).slice(0, count));
      for (const { protocol, services } of this.#groups) {
        const mine = services.filter((service) => changed.has(service)).length;
        due[protocol] += mine;
        this.#had += mine;
      }
      await this.#server.ask('change', [...changed]);
      await this.#clients.ask('taken', { resources: this.#had });
    }
    await sleep(QUIET_MS);
    const received = await this.#clients.ask('received', null);
    const after = await this.#server.ask('facts', null);
    const sent = { responses: after.responses - before.responses, bytes: after.bytes - before.bytes };
    assertSame(sent, [received.sotw, received.delta]);
    return { sotw: received.sotw.resources / due.sotw, delta: received.delta.resources / due.delta };
  }

  async end(): Promise<void> {
    await this.#clients.end();
    await this.#server.end();
  }
}

/** The control plane's own metrics say what the clients' wire says. */
function assertSame(sent: Omit<Received, 'resources'>, received: readonly Received[]): void {
  for (const what of ['responses', 'bytes'] as const) {
    const there = received.reduce((sum, each) => sum + each[what], 0);
    if (sent[what] !== there)
      throw new Error(`the control plane says that it sent ${sent[what]} ${what}, its clients got ${there}`);
  }
}

async function open(random: Random): Promise<Scene> {
  const { server, port } = await startServer({ port: 0, endpoints: ENDPOINTS, mergeMs: 0 });
  const groups = PROTOCOLS.flatMap((protocol) =>
    Array.from({ length: CLIENTS }, () => ({
      clients: 1,
      protocol,
      services: shuffled(SERVICES, random).slice(0, WANTED),
    })),
  );
  const clients = await startClients({ port, groups, types: RESOURCE_TYPES });
  return new Scene({ server, clients, groups, random });
}

/** How much is sent that did not change, or that nobody asked for. */
export const amplification: Benchmark = {
  name: 'amplification',
  about: `resources sent ÷ (changed × subscribed), ${SERVICES.length} Services, ${WANTED} for each client`,
  async run({ progress }): Promise<Row[]> {
    const scene = await open(seededRandom(SERVICES.length));
    const subject: ByProtocol[] = [];
    const again: ByProtocol[] = [];
    try {
      for (let round = 0; round < ROUNDS; round++) {
        progress(`round ${round} of ${ROUNDS}`);
        subject.push(await scene.measure());
        again.push(await scene.measure());
      }
    } finally {
      await scene.end();
    }
    return PROTOCOLS.map((protocol) =>
      createRow({
        id: `amplification/${protocol === 'sotw' ? 'state of the world' : protocol}`,
        n: CLIENTS,
        unit: '',
        subject: subject.map((round) => round[protocol]),
        again: again.map((round) => round[protocol]),
        goal: GOAL,
      }),
    );
  },
};
