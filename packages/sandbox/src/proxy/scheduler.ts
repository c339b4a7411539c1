import type { Backend } from './backends.js';

/** How a backend is chosen for a connection: at random as iptables and nftables do, or by a scheduler of IPVS. */
export const SCHEDULERS = ['random', 'rr', 'lc', 'dh', 'sh', 'sed', 'nq'] as const;
export type SchedulerName = (typeof SCHEDULERS)[number];

/** One choice. */
export interface Connection {
  /** At least one. */
  readonly backends: readonly Backend[];
  /** Address of the client. */
  readonly source: string;
  /** Address that it connects to. */
  readonly destination: string;
  /** Open connections of a backend through the same port of the Service. */
  active(backend: Backend): number;
}

/** Chooses for one port of one Service. */
export type Scheduler = (connection: Connection) => Backend;

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return value;
}

const byHash = (text: string, { backends }: Connection): Backend => backends[hash(text) % backends.length]!;

/** The first of the backends with the least cost, as IPVS goes through its list. */
function least({ backends, active }: Connection, cost: (active: number) => number): Backend {
  return backends.reduce((best, each) => (cost(active(each)) < cost(active(best)) ? each : best));
}

/** Makes the scheduler of one Service port; all backends weigh the same. */
export function createScheduler(name: SchedulerName, random: () => number): Scheduler {
  let turn = 0;
  const schedulers: Readonly<Record<SchedulerName, Scheduler>> = {
    random: ({ backends }) => backends[Math.floor(random() * backends.length)]!,
    rr: ({ backends }) => backends[turn++ % backends.length]!,
    lc: (connection) => least(connection, (active) => active),
    dh: (connection) => byHash(connection.destination, connection),
    sh: (connection) => byHash(connection.source, connection),
    // With equal weights the expected delay is the number of connections with the new one.
    sed: (connection) => least(connection, (active) => active + 1),
    nq: (connection) =>
      connection.backends.find((backend) => connection.active(backend) === 0) ??
      least(connection, (active) => active + 1),
  };
  return schedulers[name];
}
