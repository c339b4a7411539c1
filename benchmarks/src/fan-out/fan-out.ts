import { seededRandom } from '#commands/random.js';
import type { Benchmark } from '../benchmark.js';
import { type Clients, type Server, startClients, startServer } from '../control-plane/start.js';
import { RESOURCE_TYPES } from '../control-plane/wire.js';
import { type Contestant, interleave, perRound, ratio } from '../interleave.js';
import { createRow, type Row } from '../rows.js';

const SERVICE = 'serv';
const ENDPOINTS = 100;
const FEW = 50;
const MANY = 10 * FEW;
/** Changes of one measurement: of few clients more, so that their figure is no coarser. */
const CHANGES = { few: 15, many: 5 };
const GOAL = 10.5;
const ROUNDS = 25;
const WARMUP_ROUNDS = 6;

/** A control plane with so many clients, each process of its own. */
class Plane {
  readonly #server: Server;
  readonly #clients: Clients;
  readonly #count: number;

  private constructor(server: Server, clients: Clients, count: number) {
    this.#server = server;
    this.#clients = clients;
    this.#count = count;
  }

  static async start(count: number): Promise<Plane> {
    const { server, port } = await startServer({ port: 0, endpoints: ENDPOINTS, mergeMs: 0 });
    const groups = [{ clients: count, protocol: 'sotw' as const, services: [SERVICE] }];
    return new Plane(server, await startClients({ port, groups, types: RESOURCE_TYPES }), count);
  }

  /** CPU of the control plane for one change (µs). */
  cost(changes: number): Contestant {
    return () => this.#server.ask('cost', { service: SERVICE, changes, clients: this.#count });
  }

  async end(): Promise<void> {
    await this.#clients.end();
    await this.#server.end();
  }
}

/** How what a change costs the control plane grows with its clients. */
export const fanOut: Benchmark = {
  name: 'fan-out',
  about: `CPU of a control plane for one change, ${MANY} clients ÷ ${FEW}`,
  async run({ progress }): Promise<Row[]> {
    const planes: Plane[] = [];
    try {
      const few = await Plane.start(FEW);
      planes.push(few);
      const many = await Plane.start(MANY);
      planes.push(many);
      const samples = await interleave(
        {
          few: few.cost(CHANGES.few),
          fewAgain: few.cost(CHANGES.few),
          many: many.cost(CHANGES.many),
          manyAgain: many.cost(CHANGES.many),
        },
        {
          rounds: ROUNDS,
          warmupRounds: WARMUP_ROUNDS,
          random: seededRandom(MANY),
          onRound: (round) => progress(`round ${round} of ${ROUNDS}`),
        },
      );
      const { few: subject, fewAgain: again, many: manyFirst, manyAgain } = samples;
      const ratios = [...perRound(ratio, manyFirst, subject), ...perRound(ratio, manyAgain, again)];
      const common = { unit: 'µs' };
      return [
        createRow({
          ...common,
          id: `fan-out/${MANY} clients ÷ ${FEW}`,
          n: MANY,
          subject: manyFirst,
          again: manyAgain,
          ratios,
          goal: GOAL,
        }),
        createRow({ ...common, id: 'fan-out/a change', n: FEW, subject, again }),
      ];
    } finally {
      for (const plane of planes) await plane.end();
    }
  },
};
