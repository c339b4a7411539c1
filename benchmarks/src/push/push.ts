import { setTimeout as sleep } from 'node:timers/promises';
import { createControlPlane } from '@fairlead/control-plane';
import { seededRandom } from '#commands/random.js';
import type { Benchmark } from '../benchmark.js';
import { cpuMicroseconds } from '../clock.js';
import { ChangingSource } from '../control-plane/changing-source.js';
import { firstResponse } from '../control-plane/first-response.js';
import { startRawServer } from '../control-plane/raw-server.js';
import { type Clients, startClients } from '../control-plane/start.js';
import { type Contestant, interleave, perRound, ratio, type Samples } from '../interleave.js';
import { createRow, type Row } from '../rows.js';
import { startGrpcServer } from './grpc-server.js';

const SERVICE = 'serv';
const CLIENTS = 200;
/** Changes of one measurement. */
const CHANGES = 5;
/** Longer than the control plane waits between two responses of one type on one stream (ms). */
const APART_MS = 15;
const ROUNDS = 25;
const WARMUP_ROUNDS = 6;
const SIZES = [
  { endpoints: 100, goal: 1.4 },
  { endpoints: 1000, goal: 1.6 },
] as const;

/** Clients of one server, and how many responses they have taken so far, each with one resource. */
class Readers {
  readonly #clients: Clients;
  #taken = CLIENTS;

  private constructor(clients: Clients) {
    this.#clients = clients;
  }

  static async start(port: number): Promise<Readers> {
    const groups = [{ clients: CLIENTS, protocol: 'sotw' as const, services: [SERVICE] }];
    return new Readers(await startClients({ port, groups, types: ['endpoints'] }));
  }

  /** Resolves when all have taken and answered a further response. */
  async taken(): Promise<void> {
    this.#taken += CLIENTS;
    await this.#clients.ask('taken', { resources: this.#taken });
  }

  end(): Promise<void> {
    return this.#clients.end();
  }
}

/** CPU of this process for one client and change (µs), answers among it. */
function pushing(push: () => void, readers: Readers): Contestant {
  return async () => {
    let usedUs = 0;
    for (let n = 0; n < CHANGES; n++) {
      await sleep(APART_MS);
      const taken = readers.taken();
      const before = cpuMicroseconds();
      push();
      await taken;
      // The last answers were written, and have yet to be read.
      await sleep(2);
      usedUs += cpuMicroseconds() - before;
    }
    return usedUs / (CHANGES * CLIENTS);
  };
}

async function compare(endpoints: number, goal: number, progress: (text: string) => void): Promise<Row[]> {
  const source = new ChangingSource(endpoints);
  const controlPlane = createControlPlane({ source, port: 0, mergeMs: 0 });
  const { port } = await controlPlane.start();
  const message = await firstResponse(port, SERVICE);
  const raw = await startRawServer(message);
  const grpc = await startGrpcServer(message);
  const readers: Readers[] = [];
  const readersOf = async (of: number): Promise<Readers> => {
    const started = await Readers.start(of);
    readers.push(started);
    return started;
  };
  try {
    const subject = pushing(() => source.change(SERVICE), await readersOf(port));
    const floor = pushing(() => raw.push(message), await readersOf(raw.port));
    const grpcAlone = pushing(() => grpc.push(message), await readersOf(grpc.port));
    const samples = await interleave(
      { subject, again: subject, floor, floorAgain: floor, grpcAlone, grpcAloneAgain: grpcAlone },
      {
        rounds: ROUNDS,
        warmupRounds: WARMUP_ROUNDS,
        random: seededRandom(endpoints),
        onRound: (round) => progress(`${endpoints} endpoints, round ${round} of ${ROUNDS}`),
      },
    );
    return rowsOf(samples, { endpoints, goal, kilobytes: Math.round(message.length / 100) / 10 });
  } finally {
    for (const each of readers) await each.end();
    raw.close();
    grpc.close();
    await controlPlane.close();
  }
}

type Name = 'subject' | 'again' | 'floor' | 'floorAgain' | 'grpcAlone' | 'grpcAloneAgain';

function rowsOf(
  samples: Samples<Name>,
  { endpoints, goal, kilobytes }: { endpoints: number; goal: number; kilobytes: number },
): Row[] {
  const { subject, again, floor, floorAgain, grpcAlone, grpcAloneAgain } = samples;
  const common = { n: endpoints, unit: 'µs' };
  const over = (mine: readonly number[], mineAgain: readonly number[]): number[] => [
    ...perRound(ratio, mine, floor),
    ...perRound(ratio, mineAgain, floorAgain),
  ];
  const id = (what: string): string => `push/${what}, ${kilobytes} kB`;
  return [
    createRow({ ...common, id: id('fairlead'), subject, again, ratios: over(subject, again), goal }),
    createRow({
      ...common,
      id: id('grpc-js alone'),
      subject: grpcAlone,
      again: grpcAloneAgain,
      ratios: over(grpcAlone, grpcAloneAgain),
    }),
    createRow({ ...common, id: id('floor'), subject: floor, again: floorAgain }),
  ];
}

/** What one change costs the control plane for each client that hears of it. */
export const push: Benchmark = {
  name: 'push',
  about: `CPU for one change and client of ${CLIENTS}, xDS over gRPC ÷ writing the same bytes to node:http2 streams`,
  async run({ progress }) {
    const rows: Row[] = [];
    for (const { endpoints, goal } of SIZES) rows.push(...(await compare(endpoints, goal, progress)));
    return rows;
  },
};
