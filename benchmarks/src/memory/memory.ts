import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { seededRandom } from '#commands/random.js';
import { Backend } from '../backend/backend.js';
import type { Benchmark } from '../benchmark.js';
import type { Dial } from '../calls/dials.js';
import { type Contestant, interleave, perRound, ratio } from '../interleave.js';
import { MEMORY_ARGUMENTS, MEMORY_ENVIRONMENT, type Memory } from '../process-memory.js';
import { createRow, type Row } from '../rows.js';
import type { MemoryOrder } from './orders.js';

const ENDPOINTS = 400;
const ROUNDS = 7;
const WARMUP_ROUNDS = 1;
const GOAL = 1.05;
const KILOBYTE = 1024;

/** What the memory of a client process grew by for each endpoint. */
function measure(order: MemoryOrder): Promise<Memory> {
  const child = fork(fileURLToPath(new URL('./client.js', import.meta.url)), [JSON.stringify(order)], {
    execArgv: [...MEMORY_ARGUMENTS],
    env: { ...process.env, ...MEMORY_ENVIRONMENT },
  });
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`a client process ended with ${code}`)));
  });
}

interface Kind {
  readonly name: string;
  readonly policy: Dial['policy'];
  readonly ours: boolean;
}

const PEER: Kind = { name: 'grpc-js round_robin', policy: { round_robin: {} }, ours: false };
const OURS: Kind = { name: 'fairlead', policy: { fairlead: {} }, ours: true };

async function ordersFor(backend: Backend): Promise<(kind: Kind) => MemoryOrder> {
  const hosts = await backend.openHosts(ENDPOINTS + 1);
  const [firstHost = '', ...others] = hosts;
  await backend.define('one', [firstHost]);
  await backend.define('all', others);
  const { kubeconfig } = backend;
  return ({ policy, ours }) => {
    const dial = (own: readonly string[]): Dial =>
      ours ? { policy } : { policy, addresses: own.map((host) => backend.peer(host)) };
    return {
      first: { dial: dial([firstHost]), service: 'one', kubeconfig },
      all: { dial: dial(others), service: 'all', kubeconfig },
      endpoints: ENDPOINTS,
    };
  };
}

interface Sampled {
  readonly contestants: Readonly<Record<string, Contestant>>;
  /** In kB, what was measured beside the heap. */
  readonly rss: Readonly<Record<string, number[]>>;
  measured: boolean;
}

function sampled(orderOf: (kind: Kind) => MemoryOrder): Sampled {
  const rss: Record<string, number[]> = {};
  const contestants: Record<string, Contestant> = {};
  const all: Sampled = { contestants, rss, measured: false };
  for (const kind of [PEER, OURS]) {
    for (const name of [kind.name, `${kind.name} again`]) {
      rss[name] = [];
      contestants[name] = async () => {
        const { heapBytes, rssBytes } = await measure(orderOf(kind));
        if (all.measured) rss[name]?.push(rssBytes / KILOBYTE);
        return heapBytes / KILOBYTE;
      };
    }
  }
  return all;
}

function rowsOf(what: string, samples: Readonly<Record<string, readonly number[]>>): Row[] {
  const of = (name: string): readonly number[] => samples[name] ?? [];
  const common = { n: ENDPOINTS, unit: 'kB' };
  const row = (name: string): { subject: readonly number[]; again: readonly number[] } => ({
    subject: of(name),
    again: of(`${name} again`),
  });
  const ratios = [
    ...perRound(ratio, of(OURS.name), of(PEER.name)),
    ...perRound(ratio, of(`${OURS.name} again`), of(`${PEER.name} again`)),
  ];
  return [
    createRow({
      ...common,
      id: `memory/${OURS.name} ÷ round_robin, ${what}`,
      ...row(OURS.name),
      ratios,
      goal: GOAL,
    }),
    createRow({ ...common, id: `memory/${PEER.name}, ${what}`, ...row(PEER.name) }),
  ];
}

/** What a client keeps in memory for each endpoint that it is connected to. */
export const memory: Benchmark = {
  name: 'memory',
  about: 'memory of a client process for each connected endpoint, ÷ grpc-js round_robin',
  async run({ progress }) {
    const backend = await Backend.start();
    try {
      const all = sampled(await ordersFor(backend));
      const heap = await interleave(all.contestants, {
        rounds: ROUNDS,
        warmupRounds: WARMUP_ROUNDS,
        random: seededRandom(3),
        onRound: (round) => {
          all.measured = round >= 0;
          progress(`round ${round} of ${ROUNDS}`);
        },
      });
      return [...rowsOf('heap', heap), ...rowsOf('resident', all.rss)];
    } finally {
      backend.close();
    }
  },
};
