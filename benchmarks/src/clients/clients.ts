import { monotonicMs } from '#commands/wait.js';
import type { Benchmark } from '../benchmark.js';
import type { ServerFacts } from '../control-plane/orders.js';
import { type Clients, type Server, startClients, startServer } from '../control-plane/start.js';
import { RESOURCE_TYPES } from '../control-plane/wire.js';
import { createRow, type Row } from '../rows.js';
import { quantile } from '../statistics.js';

const SERVICE = 'serv';
const ENDPOINTS = 100;
const CLIENTS = 2000;
/** Of their clients, so that they do not wait for one another more than for the control plane. */
const PROCESSES = 2;
/** Each is a control plane of its own, that is left by a crash and comes back. */
const CYCLES = 8;
/** Of a cycle, the first of which is thrown away: code is compiled. */
const CHANGES = 6;
/** What no client, probe or timer should have to wait for longer than (ms). */
const STALL_GOAL_MS = 50;

type Stall = Pick<ServerFacts, 'stallMs' | 'stallCpuMs'>;

/** When all connect in one moment, or come back. */
interface Arrival extends Stall {
  /** Until all hold what they want. */
  readonly tookMs: number;
}

interface Change extends Stall {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** For each client. */
  readonly cpuUs: number;
}

interface Cycle {
  readonly connected: Arrival;
  readonly changes: readonly Change[];
  readonly back: Arrival;
}

async function change(server: Server): Promise<Change> {
  await server.ask('facts', null);
  const costUs = await server.ask('cost', { service: SERVICE, changes: 1, clients: CLIENTS });
  const { stallMs, stallCpuMs, agesMs } = await server.ask('facts', null);
  return {
    stallMs,
    stallCpuMs,
    p50Ms: quantile(agesMs, 0.5),
    p99Ms: quantile(agesMs, 0.99),
    maxMs: quantile(agesMs, 1),
    cpuUs: costUs / CLIENTS,
  };
}

/** Starts all clients of a port; resolves when each holds what it wants. */
function startAll(port: number): Promise<Clients[]> {
  const groups = [{ clients: CLIENTS / PROCESSES, protocol: 'sotw' as const, services: [SERVICE] }];
  const order = { port, groups, types: RESOURCE_TYPES, reconnect: true };
  return Promise.all(Array.from({ length: PROCESSES }, () => startClients(order)));
}

/** How long the slowest process of clients took (ms). */
async function slowest(clients: readonly Clients[]): Promise<number> {
  return Math.max(...(await Promise.all(clients.map((each) => each.ask('ready', null)))));
}

async function cycle(): Promise<Cycle> {
  const first = await startServer({ port: 0, endpoints: ENDPOINTS, watchesLoop: true });
  let { server } = first;
  let clients: Clients[] = [];
  try {
    clients = await startAll(first.port);
    const connected = { ...(await server.ask('facts', null)), tookMs: await slowest(clients) };
    const changes: Change[] = [];
    for (let n = 0; n < CHANGES; n++) changes.push(await change(server));
    const back = clients.map((each) => each.ask('back', null));
    await server.end();
    ({ server } = await startServer({ port: first.port, endpoints: ENDPOINTS, watchesLoop: true }));
    const upAtMs = monotonicMs();
    await Promise.all(back);
    const tookMs = monotonicMs() - upAtMs;
    const facts = await server.ask('facts', null);
    return { connected, changes: changes.slice(1), back: { ...facts, tookMs } };
  } finally {
    for (const each of clients) await each.end();
    await server.end();
  }
}

function rowsOf(cycles: readonly Cycle[]): Row[] {
  const even = cycles.filter((_, n) => n % 2 === 0);
  const odd = cycles.filter((_, n) => n % 2 === 1);
  const row = (
    what: string,
    read: (cycle: Cycle) => readonly number[],
    { unit = 'ms', goal }: { unit?: string; goal?: number } = {},
  ): Row =>
    createRow({
      id: `clients/${what}`,
      n: CLIENTS,
      unit,
      subject: even.flatMap(read),
      again: odd.flatMap(read),
      goal,
    });
  const changes =
    (read: (change: Change) => number) =>
    (each: Cycle): number[] =>
      each.changes.map(read);
  const stalls = (when: string, read: (cycle: Cycle) => readonly Stall[]): Row[] => [
    row(`${when}, longest stall`, (each) => read(each).map(({ stallMs }) => stallMs), {
      goal: STALL_GOAL_MS,
    }),
    row(`${when}, CPU in that stall`, (each) => read(each).map(({ stallCpuMs }) => stallCpuMs)),
  ];
  return [
    ...stalls('connect', ({ connected }) => [connected]),
    row('connect, until all hold what they want', ({ connected }) => [connected.tookMs]),
    ...stalls('change', (each) => each.changes),
    row(
      'change, age, median',
      changes(({ p50Ms }) => p50Ms),
    ),
    row(
      'change, age, p99',
      changes(({ p99Ms }) => p99Ms),
    ),
    row(
      'change, age, greatest',
      changes(({ maxMs }) => maxMs),
    ),
    row(
      'change, CPU for a client',
      changes(({ cpuUs }) => cpuUs),
      { unit: 'µs' },
    ),
    ...stalls('restart', ({ back }) => [back]),
    row('restart, until all hold what they want', ({ back }) => [back.tookMs]),
  ];
}

/** Whether a control plane with very many clients stays responsive. */
export const clients: Benchmark = {
  name: 'clients',
  about: `${CLIENTS} clients of one control plane: all connect, one change, a crash and all come back`,
  async run({ progress }): Promise<Row[]> {
    const cycles: Cycle[] = [];
    for (let n = 0; n < CYCLES; n++) {
      progress(`cycle ${n} of ${CYCLES}`);
      cycles.push(await cycle());
    }
    return rowsOf(cycles);
  },
};
