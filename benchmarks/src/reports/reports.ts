import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Backend } from '../backend/backend.js';
import type { Benchmark } from '../benchmark.js';
import type { Dial } from '../calls/dials.js';
import { perRound, ratio } from '../interleave.js';
import { createRow, type Row } from '../rows.js';
import type { ClientAnswer, ClientOrder } from './orders.js';

/** A service of ordinary size, and one with more endpoints than reports are fresh of at these rates. */
const SIZES = [10, 100] as const;
/** Processes are started anew so many times: what the compiler made of one process is not the same in the next. */
const GENERATIONS = 3;
const ROUNDS = 3;
const GOAL = 1.05;
const RATES = [
  { perSecond: 10, forMs: 3000 },
  { perSecond: 100, forMs: 1500 },
  { perSecond: 1000, forMs: 1500 },
] as const;

const CLIENTS = ['roundRobin', 'roundRobinAgain', 'reports', 'reportsAgain', 'noReports'] as const;
type Name = (typeof CLIENTS)[number];

/** A client process that is ready to call. */
interface ReadyClient {
  /** CPU of a call at each rate (µs). */
  measure(): Promise<readonly number[]>;
  end(): void;
}

function startClient(order: ClientOrder): Promise<ReadyClient> {
  const child = fork(fileURLToPath(new URL('./client.js', import.meta.url)), [JSON.stringify(order)], {
    execArgv: ['--expose-gc'],
  });
  return new Promise((resolve, reject) => {
    let done: (costs: readonly number[]) => void = () => {};
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`a client process ended with ${code}`)));
    child.on('message', (answer: ClientAnswer) => {
      if (answer.kind === 'costs') done(answer.costs);
      else resolve(client);
    });
    const client: ReadyClient = {
      measure: () =>
        new Promise((costs, failed) => {
          done = costs;
          child.once('exit', (code) => failed(new Error(`a client process ended with ${code}`)));
          child.send('go');
        }),
      end: () => void child.kill(),
    };
  });
}

type Costs = Readonly<Record<Name, readonly number[]>>;

/** What each client paid at each rate, in each round; in a round all call at the same time. */
async function runGeneration(orders: Readonly<Record<Name, ClientOrder>>): Promise<Costs[]> {
  const clients: ReadyClient[] = [];
  const rounds: Costs[] = [];
  try {
    // All at once: whoever waits for the others has forgotten some of its compiled code.
    clients.push(...(await Promise.all(CLIENTS.map((name) => startClient(orders[name])))));
    for (let round = 0; round < ROUNDS; round++) {
      const costs = await Promise.all(clients.map((client) => client.measure()));
      rounds.push(Object.fromEntries(CLIENTS.map((name, i) => [name, costs[i] ?? []])) as Costs);
    }
    return rounds;
  } finally {
    for (const client of clients) client.end();
  }
}

async function ordersFor(backend: Backend, n: number): Promise<Record<Name, ClientOrder>> {
  const plain = await backend.openHosts(n);
  const reporting = await backend.openHosts(n, true);
  await backend.define(`plain-${n}`, plain);
  await backend.define(`reporting-${n}`, reporting);
  const common = { kubeconfig: backend.kubeconfig, reach: n, rates: RATES };
  const addresses = reporting.map((host) => backend.peer(host));
  const roundRobin: Dial = { policy: { round_robin: {} }, addresses };
  const fairlead: Dial = { policy: { fairlead: {} } };
  return {
    roundRobin: { ...common, dial: roundRobin, service: `reporting-${n}` },
    roundRobinAgain: { ...common, dial: roundRobin, service: `reporting-${n}` },
    reports: { ...common, dial: fairlead, service: `reporting-${n}` },
    reportsAgain: { ...common, dial: fairlead, service: `reporting-${n}` },
    noReports: { ...common, dial: fairlead, service: `plain-${n}` },
  };
}

function rowsOf(costs: readonly Costs[], n: number): Row[] {
  return RATES.flatMap(({ perSecond }, i) => {
    const of = (name: Name): number[] => costs.map((round) => round[name][i] ?? Number.NaN);
    const common = { n, unit: 'µs' };
    const at = `${perSecond} calls/s`;
    return [
      createRow({
        ...common,
        id: `reports/fairlead ÷ round_robin, ${at}`,
        subject: of('reports'),
        again: of('reportsAgain'),
        ratios: [
          ...perRound(ratio, of('reports'), of('roundRobin')),
          ...perRound(ratio, of('reportsAgain'), of('roundRobinAgain')),
        ],
        goal: GOAL,
      }),
      createRow({
        ...common,
        id: `reports/fairlead, servers without reports ÷ round_robin, ${at}`,
        subject: of('noReports'),
        ratios: perRound(ratio, of('noReports'), of('roundRobin')),
        goal: GOAL,
      }),
      createRow({
        ...common,
        id: `reports/grpc-js round_robin, ${at}`,
        subject: of('roundRobin'),
        again: of('roundRobinAgain'),
      }),
    ];
  });
}

/** What a call costs a client whose servers report their load. */
export const reports: Benchmark = {
  name: 'reports',
  about: 'CPU of a client process for one call, load reports on, ÷ grpc-js round_robin at the same time',
  async run({ progress }) {
    const backend = await Backend.start();
    try {
      const rows: Row[] = [];
      for (const n of SIZES) {
        const orders = await ordersFor(backend, n);
        const costs: Costs[] = [];
        for (let generation = 0; generation < GENERATIONS; generation++) {
          progress(`N = ${n}, ${generation} of ${GENERATIONS} generations of processes`);
          costs.push(...(await runGeneration(orders)));
        }
        rows.push(...rowsOf(costs, n));
      }
      return rows;
    } finally {
      backend.close();
    }
  },
};
