import { seededRandom } from '#commands/random.js';
import { Backend } from '../backend/backend.js';
import type { Benchmark } from '../benchmark.js';
import { cpuMicroseconds } from '../clock.js';
import { type Contestant, interleave, perRound, ratio, type Samples } from '../interleave.js';
import { registerFairlead } from '../registration.js';
import { createRow, type Row } from '../rows.js';
import { CallingClient } from './calling-client.js';
import type { Dial } from './dials.js';

const MANY = 100;
const SUBSET = 10;
/** Calls of one measurement, and how many of them are under way at any moment. */
const CALLS = 256;
const CONCURRENCY = 64;
const ROUNDS = 200;
const WARMUP_ROUNDS = 15;

/** One client, and what it is divided by. */
interface Subject {
  readonly id: string;
  readonly n: number;
  /** How many endpoints it must reach before it is measured. */
  readonly reach: number;
  readonly ours: boolean;
  readonly policy: Dial['policy'];
  readonly against?: string;
  readonly goal?: number;
}

const PICK_FIRST = 'calls/grpc-js pick_first';
const ROUND_ROBIN = 'calls/grpc-js round_robin';

const SUBJECTS: readonly Subject[] = [
  { id: PICK_FIRST, n: 1, reach: 1, ours: false, policy: { pick_first: {} } },
  { id: ROUND_ROBIN, n: MANY, reach: MANY, ours: false, policy: { round_robin: {} }, against: PICK_FIRST },
  {
    id: 'calls/fairlead, 1 endpoint',
    n: 1,
    reach: 1,
    ours: true,
    policy: { fairlead: {} },
    against: PICK_FIRST,
    goal: 1.02,
  },
  {
    id: 'calls/fairlead',
    n: MANY,
    reach: MANY,
    ours: true,
    policy: { fairlead: {} },
    against: ROUND_ROBIN,
    goal: 1,
  },
  {
    id: 'calls/fairlead roundRobin',
    n: MANY,
    reach: MANY,
    ours: true,
    policy: { fairlead: { pick: { roundRobin: {} } } },
    against: ROUND_ROBIN,
    goal: 1,
  },
  {
    id: `calls/fairlead, subset ${SUBSET}`,
    n: MANY,
    reach: SUBSET,
    ours: true,
    policy: { fairlead: { subset: { size: SUBSET } } },
    against: PICK_FIRST,
    goal: 1.2,
  },
];

/** CPU of one call (µs). */
async function timeCalls(client: CallingClient): Promise<number> {
  const before = cpuMicroseconds();
  await client.batch(CALLS, CONCURRENCY);
  return (cpuMicroseconds() - before) / CALLS;
}

function rowOf({ id, n, against, goal }: Subject, samples: Samples<string>): Row {
  const of = (name: string): readonly number[] => samples[name] ?? [];
  const ratios =
    against === undefined
      ? undefined
      : [
          ...perRound(ratio, of(id), of(against)),
          ...perRound(ratio, of(`${id} again`), of(`${against} again`)),
        ];
  return createRow({
    id: against === undefined ? id : `${id} ÷ ${against.slice('calls/grpc-js '.length)}`,
    n,
    unit: 'µs',
    subject: of(id),
    again: of(`${id} again`),
    ...(ratios === undefined ? {} : { ratios }),
    ...(goal === undefined ? {} : { goal }),
  });
}

async function connect(backend: Backend, subjects: readonly Subject[]): Promise<Map<string, CallingClient>> {
  const hosts = await backend.openHosts(MANY);
  const clients = new Map<string, CallingClient>();
  for (const [i, { id, n, reach, ours, policy }] of subjects.entries()) {
    const own = hosts.slice(0, n);
    const service = `calls-${i}`;
    await backend.define(service, own);
    const dial = ours ? { policy } : { policy, addresses: own.map((host) => backend.peer(host)) };
    const client = new CallingClient({ dial, service, kubeconfig: backend.kubeconfig });
    await client.reach(reach);
    clients.set(id, client);
  }
  return clients;
}

/** What a call costs the processor of its client, beside grpc-js. */
export const calls: Benchmark = {
  name: 'calls',
  about: `CPU of a client for one call, ${CONCURRENCY} at a time, ÷ grpc-js with the same endpoints, or with one`,
  async run({ progress }) {
    registerFairlead();
    const backend = await Backend.start();
    try {
      const clients = await connect(backend, SUBJECTS);
      const contestants: Record<string, Contestant> = {};
      for (const [id, client] of clients) {
        contestants[id] = () => timeCalls(client);
        contestants[`${id} again`] = () => timeCalls(client);
      }
      const samples = await interleave(contestants, {
        rounds: ROUNDS,
        warmupRounds: WARMUP_ROUNDS,
        random: seededRandom(1),
        onRound: (round) => {
          if (round % 50 === 0) progress(`round ${round} of ${ROUNDS}`);
        },
      });
      for (const client of clients.values()) client.close();
      return SUBJECTS.map((subject) => rowOf(subject, samples));
    } finally {
      backend.close();
    }
  },
};
