import { seededRandom } from '#commands/random.js';
import { Backend } from '../backend/backend.js';
import type { Benchmark } from '../benchmark.js';
import { interleave, perRound, ratio } from '../interleave.js';
import { registerFairlead } from '../registration.js';
import { createRow, type Row } from '../rows.js';
import { registerBenchParent } from './bench-parent.js';
import { BenchChannel } from './channel.js';
import { Floor } from './floor.js';
import { GrpcFloor } from './grpc-floor.js';

interface Size {
  readonly n: number;
  readonly rounds: number;
  readonly warmupRounds: number;
  /** Rounds of the first natural call. */
  readonly naturalRounds: number;
  /** Goal for Fairlead ÷ floor. */
  readonly goal: number;
}

const SIZES: readonly Size[] = [
  { n: 10, rounds: 60, warmupRounds: 30, naturalRounds: 20, goal: 1.5 },
  { n: 100, rounds: 60, warmupRounds: 15, naturalRounds: 15, goal: 1.5 },
  { n: 1000, rounds: 40, warmupRounds: 10, naturalRounds: 10, goal: 2 },
];

interface Contenders {
  readonly fairlead: BenchChannel;
  readonly roundRobin: BenchChannel;
  readonly floor: Floor;
  readonly grpcFloor: GrpcFloor;
}

async function open(backend: Backend, n: number): Promise<Contenders> {
  const hosts = await backend.openHosts(n);
  const services = {
    fairlead: 'fairlead',
    roundRobin: 'round-robin',
    floor: 'floor',
    grpcFloor: 'grpc-floor',
  };
  for (const service of Object.values(services)) await backend.define(`${service}-${n}`, hosts);
  const fairlead = new BenchChannel(backend, `${services.fairlead}-${n}`, { fairlead: {} });
  await fairlead.connected(n);
  const roundRobin = new BenchChannel(backend, `${services.roundRobin}-${n}`, { round_robin: {} });
  await roundRobin.connected(n);
  return {
    fairlead,
    roundRobin,
    floor: await Floor.open(backend, `${services.floor}-${n}`),
    grpcFloor: await GrpcFloor.open(backend, `${services.grpcFloor}-${n}`, fairlead),
  };
}

/** Change to answer, all contenders in turn. */
async function changeRows(
  { fairlead, roundRobin, floor, grpcFloor }: Contenders,
  size: Size,
): Promise<Row[]> {
  const { n, rounds, warmupRounds, goal } = size;
  const published = { fairlead: [] as number[], roundRobin: [] as number[] };
  let measured = false;
  const timed = (channel: BenchChannel, times?: number[]) => async (): Promise<number> => {
    const { publishedMs, answeredMs } = await channel.change();
    if (measured) times?.push(publishedMs);
    return answeredMs;
  };
  const samples = await interleave(
    {
      fairlead: timed(fairlead, published.fairlead),
      again: timed(fairlead),
      roundRobin: timed(roundRobin, published.roundRobin),
      floor: () => floor.change(),
      floorAgain: () => floor.change(),
      grpcFloor: () => grpcFloor.change(),
    },
    {
      rounds,
      warmupRounds,
      random: seededRandom(n),
      onRound: (round) => {
        measured = round >= 0;
      },
    },
  );
  const common = { n, unit: 'ms' };
  const against = (subject: readonly number[]): number[] => perRound(ratio, subject, samples.floor);
  const { fairlead: first, again, floorAgain } = samples;
  return [
    createRow({
      ...common,
      id: 'propagation/fairlead',
      subject: first,
      again,
      ratios: [...against(first), ...perRound(ratio, again, floorAgain)],
      goal,
    }),
    createRow({
      ...common,
      id: 'propagation/grpc-js round_robin',
      subject: samples.roundRobin,
      ratios: against(samples.roundRobin),
    }),
    createRow({
      ...common,
      id: 'propagation/grpc-js alone',
      subject: samples.grpcFloor,
      ratios: against(samples.grpcFloor),
    }),
    createRow({ ...common, id: 'propagation/floor', subject: samples.floor, again: floorAgain }),
    createRow({ ...common, id: 'propagation/fairlead, published', subject: published.fairlead }),
    createRow({ ...common, id: 'propagation/grpc-js round_robin, published', subject: published.roundRobin }),
  ];
}

/** The first call that a policy itself sends to the new endpoint, under calls without pause. */
async function naturalRows({ fairlead, roundRobin }: Contenders, { n, naturalRounds }: Size): Promise<Row[]> {
  const samples = await interleave(
    { fairlead: () => fairlead.firstNaturalCall(), roundRobin: () => roundRobin.firstNaturalCall() },
    { rounds: naturalRounds, warmupRounds: 3, random: seededRandom(n) },
  );
  const common = { n, unit: 'ms' };
  return [
    createRow({ ...common, id: 'propagation/fairlead, first natural call', subject: samples.fairlead }),
    createRow({
      ...common,
      id: 'propagation/grpc-js round_robin, first natural call',
      subject: samples.roundRobin,
    }),
  ];
}

/** From a change in the cluster to the first answer of the new endpoint, over what no client can do without. */
export const propagation: Benchmark = {
  name: 'propagation',
  about:
    'a new endpoint: watch event → it can be picked → one call answered, ÷ raw watch + HTTP/2 connect + call',
  async run({ progress }) {
    registerFairlead();
    registerBenchParent();
    const backend = await Backend.start();
    const rows: Row[] = [];
    try {
      for (const size of SIZES) {
        progress(`N = ${size.n}`);
        const contenders = await open(backend, size.n);
        rows.push(...(await changeRows(contenders, size)), ...(await naturalRows(contenders, size)));
        for (const each of Object.values(contenders)) each.close();
      }
    } finally {
      backend.close();
    }
    return rows;
  },
};
