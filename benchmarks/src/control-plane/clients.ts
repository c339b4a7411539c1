// Clients in a process of their own: each has a connection and a stream, and accepts every response as gRPC clients do.

import { monotonicMs } from '#commands/wait.js';
import { AssignmentLog } from './assignment-log.js';
import { answerQuestions, orderOf } from './child.js';
import { type ClientGroup, type ClientsOrder, type ClientsQuestions, targetOf } from './orders.js';
import { openStream } from './stream.js';
import type { Protocol, Response } from './wire.js';

/** As gRPC clients wait before they connect again: at once, then a second, a fifth more or less, and longer each time. */
const BACKOFF_MS = 1000;
const BACKOFF_GROWTH = 1.6;
const BACKOFF_JITTER = 0.2;

interface Counted {
  responses: number;
  resources: number;
  bytes: number;
}

const nothing = (): Counted => ({ responses: 0, resources: 0, bytes: 0 });

interface Client extends Pick<ClientGroup, 'protocol'> {
  readonly names: readonly string[];
  readonly node: string;
  /** Resources on this connection. */
  held: number;
  /** This connection is to end. */
  leaving: boolean;
  failures: number;
}

const order = orderOf<ClientsOrder>();
const clients: Client[] = order.groups.flatMap(({ clients: count, protocol, services }, group) =>
  Array.from({ length: count }, (_, n) => ({
    protocol,
    names: services.map(targetOf),
    node: `bench-${group}-${n}`,
    held: 0,
    leaving: false,
    failures: 0,
  })),
);
const log = new AssignmentLog();
const received: Record<Protocol, Counted> = { sotw: nothing(), delta: nothing() };
/** Resources of responses that were answered. */
let taken = 0;
let readyAtMs: number | undefined;
/** Conditions that are waited for. */
const waiting = new Set<{ holds(): boolean; resolve(): void }>();

function look(): void {
  for (const each of waiting) {
    if (!each.holds()) continue;
    waiting.delete(each);
    each.resolve();
  }
}

function when(holds: () => boolean): Promise<null> {
  return new Promise((resolve) => {
    waiting.add({ holds, resolve: () => resolve(null) });
    look();
  });
}

const wants = ({ names }: Client): number => order.types.length * names.length;
const isReady = (client: Client): boolean => !client.leaving && client.held >= wants(client);

function take(client: Client, response: Response, { bytes, atMs }: { bytes: number; atMs: number }): void {
  const counts = received[client.protocol];
  counts.responses += 1;
  counts.resources += response.resources.length;
  counts.bytes += bytes;
  client.failures = 0;
  const held = client.held;
  client.held += response.resources.length;
  if (order.remember === true && response.type === 'endpoints')
    log.add(client.protocol, { client: client.node, response, atMs });
  if (held < wants(client) && client.held >= wants(client)) look();
}

function open(client: Client): void {
  client.held = 0;
  client.leaving = false;
  openStream({
    port: order.port,
    protocol: client.protocol,
    types: order.types,
    names: client.names,
    node: client.node,
    onResponse: (response, bytes, atMs) => take(client, response, { bytes, atMs }),
    onAnswered({ resources }) {
      taken += resources.length;
      if (waiting.size > 0) look();
    },
    onEnd: () => lost(client),
  });
}

function lost(client: Client): void {
  if (order.reconnect !== true) throw new Error(`the connection of ${client.node} has ended`);
  client.failures += 1;
  const waitMs = client.failures === 1 ? 0 : BACKOFF_MS * BACKOFF_GROWTH ** (client.failures - 2);
  setTimeout(() => open(client), waitMs * (1 - BACKOFF_JITTER + 2 * BACKOFF_JITTER * Math.random()));
}

answerQuestions<ClientsQuestions>({
  async ready() {
    await when(() => clients.every(isReady));
    readyAtMs ??= monotonicMs();
    return readyAtMs - openedAtMs;
  },
  back() {
    for (const client of clients) client.leaving = true;
    return when(() => clients.every(isReady));
  },
  taken: ({ resources }) => when(() => taken >= resources),
  received() {
    const answer = { ...received };
    Object.assign(received, { sotw: nothing(), delta: nothing() });
    return answer;
  },
  async staleness(made) {
    await when(() => log.knows(made));
    return log.staleness(made);
  },
});
const openedAtMs = monotonicMs();
for (const client of clients) open(client);
