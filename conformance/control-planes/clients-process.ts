// Clients in a process of their own, as bare as they can be: each has a connection and a stream, and accepts every
// response as gRPC clients do. They say when an address came to each of them.
import { answerQuestions, orderOf } from '#benchmarks/control-plane/child.js';
import { openStream } from '#benchmarks/control-plane/stream.js';
import type { Response } from '#benchmarks/control-plane/wire.js';
import { addressField } from './assignment.js';
import type { ClientsOrder, ClientsQuestions } from './orders.js';

/** What is looked out for. */
interface Lookout {
  readonly address: Buffer;
  /** Who does not have it yet. */
  readonly waiting: Set<number>;
  readonly atMs: number[];
  readonly complete: ReturnType<typeof happening>;
}

/** Something that happens once. */
function happening(): { readonly happened: Promise<null>; happens(): void } {
  let happens = (): void => {};
  const happened = new Promise<null>((resolve) => {
    happens = () => resolve(null);
  });
  return { happened, happens };
}

const { port, names } = orderOf<ClientsOrder>();
const received = { responses: 0, resources: 0, bytes: 0 };
const started = new Set<number>();
const ready = happening();
let lookout: Lookout | undefined;

function look(client: number, { resources }: Response, atMs: number): void {
  if (lookout === undefined || !lookout.waiting.has(client)) return;
  const { address, waiting } = lookout;
  if (!resources.some((each) => each.includes(address))) return;
  waiting.delete(client);
  lookout.atMs.push(atMs);
  if (waiting.size === 0) lookout.complete.happens();
}

function start(client: number): void {
  if (started.has(client)) return;
  started.add(client);
  if (started.size === names.length) ready.happens();
}

function open(client: number, name: string): void {
  openStream({
    ...{ port, protocol: 'sotw', types: ['endpoints'], names: [name], node: `client-${client}` },
    onResponse(response, bytes, atMs) {
      look(client, response, atMs);
      received.responses += 1;
      received.resources += response.resources.length;
      received.bytes += bytes;
    },
    onAnswered({ resources }) {
      if (resources.length > 0) start(client);
    },
    // Whoever measures sees the exit: with fewer clients nothing can be compared.
    onEnd: () => process.exit(1),
  });
}

for (const [client, name] of names.entries()) open(client, name);

answerQuestions<ClientsQuestions>({
  ready: () => ready.happened,
  expect({ name, host }) {
    const waiting = new Set([...names.keys()].filter((client) => names[client] === name));
    lookout = { address: addressField(host), waiting, atMs: [], complete: happening() };
    return null;
  },
  async seen() {
    if (lookout === undefined) throw new Error('nothing is looked out for');
    const { complete, atMs } = lookout;
    await complete.happened;
    return atMs;
  },
  received: () => received,
});
