import { afterEach, describe, expect, it, vi } from 'vitest';
import { createKubeClient } from '../src/kubernetes/client/create-client.js';
import { createKubernetesSource } from '../src/kubernetes/source.js';
import { parseTarget } from '../src/target.js';
import { createFastClock } from './doubles/fast-clock.js';
import { Recorder } from './doubles/followed-source.js';
import {
  accessTo,
  failure,
  json,
  line,
  type Reply,
  type Seen,
  startKubeServer,
} from './doubles/kube-server.js';
import { slice } from './doubles/slices.js';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const SERVICES = 20;
/** Waits of reflectors are so many times shorter. */
const SPEED = 5;

const sliceOf = (n: number, version: number, host = `10.0.0.${n}`) =>
  slice({ name: `s${n}`, service: `svc${n}`, resourceVersion: String(version), endpoints: [{ host }] });

const isNamespaceWide = ({ query }: Seen): boolean => query.labelSelector === undefined;

/** How a request for the whole namespace goes wrong; undefined: it is answered. */
type Mischief = (request: Seen) => Reply | undefined;

/** An API server of 20 Services that answers what concerns one of them, and does mischief to the rest. */
async function startApi(mischief: Mischief) {
  const objects = new Map(Array.from({ length: SERVICES }, (_, n) => [n, sliceOf(n, 1)]));
  const streams = new Map<import('node:http').ServerResponse, Seen>();
  const covers = ({ query }: Seen, n: number): boolean =>
    query.labelSelector === undefined || query.labelSelector.endsWith(`=svc${n}`);
  const state = { version: 1 };
  const server = await startKubeServer((response, request) => {
    const trick = isNamespaceWide(request) ? mischief(request) : undefined;
    if (trick !== undefined) return trick(response, request);
    const { query } = request;
    // A server that knows no watch-list.
    if (query.sendInitialEvents !== undefined) return failure(422, 'Invalid')(response, request);
    if (query.watch === undefined) {
      const items = [...objects].filter(([n]) => covers(request, n)).map(([, object]) => object);
      return json({ metadata: { resourceVersion: String(state.version) }, items })(response, request);
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    streams.set(response, request);
    response.on('close', () => streams.delete(response));
  });
  closers.push(() => server.close());
  return {
    server,
    /** Watches that are open now. */
    watching: () => [...streams.values()],
    change(n: number, host: string): void {
      state.version += 1;
      const object = sliceOf(n, state.version, host);
      objects.set(n, object);
      for (const [stream, request] of streams) {
        if (covers(request, n)) stream.write(line('MODIFIED', object));
      }
    },
  };
}

/** Watches all 20 Services as one process. */
async function watchAll(mischief: Mischief) {
  const api = await startApi(mischief);
  const client = createKubeClient(accessTo(api.server));
  const source = createKubernetesSource({ client, clock: createFastClock(SPEED), random: () => 0.5 });
  closers.push(
    () => client.close(),
    () => source.close(),
  );
  const observers = Array.from({ length: SERVICES }, (_, n) => {
    const recorder = new Recorder();
    source.watch(parseTarget(`k8s:///svc${n}.ns:tcp`), recorder);
    return recorder;
  });
  const haveAll = () =>
    vi.waitFor(() => expect(observers.every(({ sets }) => sets.length > 0)).toBe(true), 5000);
  return { ...api, observers, haveAll };
}

describe('the watch of a namespace takes over', () => {
  it.each<[string, (count: number) => Reply | undefined]>([
    ['from a server that does as it should', () => undefined],
    ['after answers 500 and 429', (count) => [failure(500, 'Oops'), failure(429, 'TooManyRequests')][count]],
    ['after answers that are no lists', (count) => (count < 3 ? json({ kind: 'Status' }) : undefined)],
    ['after connections that break', (count) => (count < 3 ? (response) => response.destroy() : undefined)],
    [
      'after a list that is cut off in the middle',
      (count) =>
        count < 2
          ? (response) => {
              response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 });
              response.write('{"items":[', () => response.destroy());
            }
          : undefined,
    ],
  ])('%s', async (_, trick) => {
    let count = 0;
    const { watching, observers, haveAll, change } = await watchAll(() => trick(count++));
    await haveAll();
    await vi.waitFor(() => expect(watching().map(isNamespaceWide)).toEqual([true]), 10_000);
    expect(observers.map(({ sets }) => sets.length)).toEqual(Array(SERVICES).fill(1));
    change(7, '10.0.1.7');
    await vi.waitFor(() => expect(observers[7]?.keys).toEqual(['10.0.1.7:8088']), 5000);
  });

  it('not while it is refused', async () => {
    const { watching, observers, haveAll, change, server } = await watchAll(() => failure(403, 'Forbidden'));
    await haveAll();
    await vi.waitFor(() => expect(watching()).toHaveLength(SERVICES), 5000);
    expect(watching().filter(isNamespaceWide)).toEqual([]);
    expect(server.seen.filter(isNamespaceWide)).toHaveLength(1);
    change(7, '10.0.1.7');
    await vi.waitFor(() => expect(observers[7]?.keys).toEqual(['10.0.1.7:8088']), 5000);
  });

  it('not while it is not answered: each Service goes on by its own watch', async () => {
    const { observers, haveAll, change } = await watchAll(() => () => {});
    // The twentieth waits for the namespace at first.
    await haveAll();
    change(3, '10.0.1.3');
    await vi.waitFor(() => expect(observers[3]?.keys).toEqual(['10.0.1.3:8088']), 5000);
  });
});
