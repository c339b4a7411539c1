import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Backend } from '../backend/backend.js';
import type { Benchmark } from '../benchmark.js';
import type { Dial } from '../calls/dials.js';
import { perRound, ratio } from '../interleave.js';
import { createRow, type Row } from '../rows.js';
import type { ClientAnswer, ClientOrder } from './orders.js';

const ENDPOINTS = 100;
const ROUNDS = 9;
const GOAL = 1.05;
const RATES = [
  { perSecond: 10, forMs: 4000 },
  { perSecond: 100, forMs: 2000 },
  { perSecond: 1000, forMs: 2000 },
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

/** The costs of one round, of every client at each rate: all call at the same time. */
async function runRound(
  orders: Readonly<Record<Name, ClientOrder>>,
): Promise<Record<Name, readonly number[]>> {
  const clients: ReadyClient[] = [];
  try {
    for (const name of CLIENTS) clients.push(await startClient(orders[name]));
    const costs = await Promise.all(clients.map((client) => client.measure()));
    return Object.fromEntries(CLIENTS.map((name, i) => [name, costs[i] ?? []])) as Record<
      Name,
      readonly number[]
    >;
  } finally {
    for (const client of clients) client.end();
  }
}

async function ordersFor(backend: Backend): Promise<Record<Name, ClientOrder>> {
  const plain = await backend.openHosts(ENDPOINTS);
  const reporting = await backend.openHosts(ENDPOINTS, true);
  await backend.define('plain', plain);
  await backend.define('reporting', reporting);
  const common = { kubeconfig: backend.kubeconfig, reach: ENDPOINTS, rates: RATES };
  const addresses = reporting.map((host) => backend.peer(host));
  const roundRobin: Dial = { policy: { round_robin: {} }, addresses };
  const fairlead: Dial = { policy: { fairlead: { pick: { loadAware: {} } } } };
  return {
    roundRobin: { ...common, dial: roundRobin, service: 'reporting' },
    roundRobinAgain: { ...common, dial: roundRobin, service: 'reporting' },
    reports: { ...common, dial: fairlead, service: 'reporting' },
    reportsAgain: { ...common, dial: fairlead, service: 'reporting' },
    noReports: { ...common, dial: fairlead, service: 'plain' },
  };
}

function rowsOf(costs: readonly Readonly<Record<Name, readonly number[]>>[]): Row[] {
  return RATES.flatMap(({ perSecond }, i) => {
    const of = (name: Name): number[] => costs.map((round) => round[name][i] ?? Number.NaN);
    const common = { n: ENDPOINTS, unit: 'µs' };
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
      const orders = await ordersFor(backend);
      const costs: Record<Name, readonly number[]>[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        progress(`round ${round} of ${ROUNDS}`);
        costs.push(await runRound(orders));
      }
      return rowsOf(costs);
    } finally {
      backend.close();
    }
  },
};
