import type { ServerResponse } from 'node:http';
import { createGzip, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { KubeClient, KubeObject, WatchEvent, WatchOptions } from '../src/kubernetes/client/client.js';
import { createKubeClient } from '../src/kubernetes/client/create-client.js';
import {
  accessTo,
  failure,
  fixture,
  json,
  type KubeServer,
  line,
  type Reply,
  startKubeServer,
  stream,
} from './doubles/kube-server.js';

const pods = { group: '', version: 'v1', resource: 'pods' };
const pod = (name: string, more: object = {}): object => ({
  metadata: { name, resourceVersion: '1' },
  ...more,
});

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function setup(reply: Reply): Promise<{ server: KubeServer; client: KubeClient }> {
  const server = await startKubeServer(reply);
  closers.push(() => server.close());
  const client = createKubeClient(accessTo(server));
  closers.push(() => client.close());
  return { server, client };
}

/** Names of all events, until the stream ends. */
async function names(client: KubeClient, options: WatchOptions = {}): Promise<string[]> {
  const seen: string[] = [];
  for await (const { type, object } of await client.watch(pods, options)) {
    seen.push(`${type} ${object.metadata.name ?? ''}`);
  }
  return seen;
}

/** The events so far of a watch that goes on, and how it ends. */
function read(events: AsyncIterable<WatchEvent>): { seen: KubeObject[]; end: Promise<unknown> } {
  const seen: KubeObject[] = [];
  const end = (async () => {
    try {
      for await (const { object } of events) seen.push(object);
      return 'ended';
    } catch (error) {
      return error;
    }
  })();
  return { seen, end };
}

/** Writes one chunk and waits until it is on its way. */
const write = (response: ServerResponse, chunk: Buffer): Promise<void> =>
  new Promise((resolve) => response.write(chunk, () => setImmediate(resolve)));

test('elements of a long list that are as in the last event are the same objects', async () => {
  const endpoints = Array.from({ length: 100 }, (_, index) => ({
    host: `10.0.0.${index}`,
    filler: 'x'.repeat(90),
  }));
  const changed = endpoints.map((each, index) => (index === 50 ? { ...each, ready: false } : each));
  const lines = [endpoints, changed, endpoints].map((list) =>
    line('MODIFIED', pod('a', { endpoints: list })),
  );
  const { client } = await setup(stream(...lines));
  const { seen } = read(await client.watch(pods, { sameElementsOf: 'endpoints' }));
  await vi.waitFor(() => expect(seen).toHaveLength(3));
  const [first = [], second = [], third = []] = seen.map((object) => object.endpoints as object[]);
  expect([first, second, third]).toEqual([endpoints, changed, endpoints]);
  expect(second.filter((each) => !first.includes(each))).toEqual([changed[50]]);
  expect(third.filter((each) => !first.includes(each))).toEqual([endpoints[50]]);
});

describe('a watch', () => {
  test('asks for a stream without compression', async () => {
    const { server, client } = await setup((response) => response.end());
    expect(await names(client, { namespace: 'ns', query: { resourceVersion: '5' } })).toEqual([]);
    expect(server.seen[0]).toMatchObject({
      path: '/api/v1/namespaces/ns/pods',
      query: { watch: 'true', resourceVersion: '5' },
      headers: { 'accept-encoding': 'identity' },
    });
  });

  test('resolves at the headers and yields events as they come', async () => {
    let response: ServerResponse | undefined;
    const { client } = await setup((each, request) => {
      response = each;
      stream()(each, request);
    });
    const { seen, end } = read(await client.watch(pods));
    expect(seen).toEqual([]);
    for (const name of ['a', 'b']) {
      response?.write(line('ADDED', pod(name)));
      await vi.waitFor(() => expect(seen.at(-1)?.metadata.name).toBe(name));
    }
    response?.end();
    expect(await end).toBe('ended');
  });

  test('has a connection of its own', async () => {
    const { server, client } = await setup(stream(line('ADDED', pod('a'))));
    const watches = [await client.watch(pods), await client.watch(pods), await client.watch(pods)].map(read);
    await vi.waitFor(() => expect(watches.map(({ seen }) => seen.length)).toEqual([1, 1, 1]));
    expect(server.open).toBe(3);
  });

  test('yields the ERROR event of an expired version, as a real API server sends it', async () => {
    const body = fixture('answers/watch-from-1.http').split(/\r?\n\r?\n/)[1];
    const { client } = await setup((response) => response.end(body));
    const { seen, end } = read(await client.watch(pods));
    expect(await end).toBe('ended');
    expect(seen).toMatchObject([{ code: 410, reason: 'Expired' }]);
  });

  test('rejects with a KubeError when it is refused', async () => {
    const { client } = await setup(failure(410, 'Expired'));
    await expect(client.watch(pods)).rejects.toMatchObject({ status: 410, reason: 'Expired' });
  });

  test('decodes gzip that the server sends unasked, event by event', async () => {
    const gzip = createGzip();
    const { client } = await setup((response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      gzip.pipe(response);
      gzip.write(line('ADDED', pod('a')));
      gzip.flush();
    });
    const { seen, end } = read(await client.watch(pods));
    await vi.waitFor(() => expect(seen).toHaveLength(1));
    gzip.write(line('ADDED', pod('b')));
    gzip.flush();
    await vi.waitFor(() => expect(seen).toHaveLength(2));
    gzip.end();
    expect(await end).toBe('ended');
  });

  test('keeps characters whole that are split over chunks', async () => {
    const text = 'Grüße, 世界 🌍';
    const { client } = await setup(async (response) => {
      response.writeHead(200);
      for (const byte of Buffer.from(line('ADDED', pod('a', { text }))))
        await write(response, Buffer.from([byte]));
      response.end();
    });
    const { seen, end } = read(await client.watch(pods));
    expect(await end).toBe('ended');
    expect(seen).toMatchObject([{ text }]);
  });

  test('reads lines of a megabyte', async () => {
    const text = 'é'.repeat(500_000);
    const { client } = await setup((response) => {
      response.writeHead(200);
      for (const name of ['a', 'b', 'c']) response.write(line('MODIFIED', pod(name, { text })));
      response.end();
    });
    const { seen, end } = read(await client.watch(pods));
    expect(await end).toBe('ended');
    expect(seen.map((object) => [object.metadata.name, object.text === text])).toEqual([
      ['a', true],
      ['b', true],
      ['c', true],
    ]);
  });

  test('gives up on a line over 16 MiB', async () => {
    const { server, client } = await setup((response) => {
      response.writeHead(200);
      for (let mib = 0; mib < 20; mib += 1) response.write(Buffer.alloc(1024 * 1024, 0x20));
    });
    await expect(names(client)).rejects.toMatchObject({
      code: 'PROTOCOL',
      message: 'a watch line is longer than 16777216 bytes',
    });
    await vi.waitFor(() => expect(server.open).toBe(0));
  });

  test.each([
    ['cut JSON', '{"type":"ADDED","obj'],
    ['HTML', '<html>\n'],
    ['a list', '[]\n'],
    ['an unknown type', '{"type":"MOVED","object":{}}\n'],
    ['an event without an object', '{"type":"ADDED"}\n'],
  ])('ends with PROTOCOL at %s, after the events before it', async (_, bad) => {
    const { client } = await setup((response) => response.end(line('ADDED', pod('a')) + bad));
    const { seen, end } = read(await client.watch(pods));
    expect(await end).toMatchObject({ code: 'PROTOCOL' });
    expect(seen).toHaveLength(1);
  });

  test('ends with PROTOCOL at an encoding that was not asked for', async () => {
    const { client } = await setup((response) =>
      response.writeHead(200, { 'content-encoding': 'br' }).end('x'),
    );
    await expect(names(client)).rejects.toMatchObject({
      code: 'PROTOCOL',
      message: 'content-encoding "br" was not asked for: gzip is understood',
    });
  });

  test('ends with UNREACHABLE at a reset in the middle of a chunk', async () => {
    const { client } = await setup((response, { socket }) => {
      response.writeHead(200).write(line('ADDED', pod('a')), () => {
        // The chunk says 1000 bytes; 9 come.
        socket.write('3e8\r\n{"type":"', () => socket.resetAndDestroy());
      });
    });
    const { seen, end } = read(await client.watch(pods));
    expect(await end).toMatchObject({ code: 'UNREACHABLE' });
    expect(seen).toHaveLength(1);
  });

  test('ends with UNREACHABLE when the server goes away without a last chunk', async () => {
    const { server, client } = await setup((response, { socket }) => {
      response.writeHead(200).write(line('ADDED', pod('a')), () => socket.destroy());
    });
    expect(await read(await client.watch(pods)).end).toMatchObject({
      code: 'UNREACHABLE',
      message: `no connection to the API server ${server.url}: the connection broke off`,
    });
  });

  test('ends with UNREACHABLE when nothing comes for idleMs', async () => {
    const { server, client } = await setup(stream(line('ADDED', pod('a'))));
    const { seen, end } = read(await client.watch(pods, { idleMs: 50 }));
    expect(await end).toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining('no byte for 50 ms'),
    });
    expect(seen).toHaveLength(1);
    await vi.waitFor(() => expect(server.open).toBe(0));
  });

  test('does not count the time that its reader takes', async () => {
    const { client } = await setup((response) => {
      response.writeHead(200).write(line('ADDED', pod('a')));
      setTimeout(() => response.end(line('ADDED', pod('b'))), 20);
    });
    const seen: unknown[] = [];
    for await (const { object } of await client.watch(pods, { idleMs: 200 })) {
      seen.push(object.metadata.name);
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    expect(seen).toEqual(['a', 'b']);
  });
});

describe('ending a watch', () => {
  test('a signal closes its socket at once', async () => {
    const { server, client } = await setup(stream(line('ADDED', pod('a'))));
    const abort = new AbortController();
    const { seen, end } = read(await client.watch(pods, { signal: abort.signal }));
    await vi.waitFor(() => expect(seen).toHaveLength(1));
    abort.abort(new Error('enough'));
    expect(await end).toEqual(new Error('enough'));
    await vi.waitFor(() => expect(server.open).toBe(0));
  });

  test('a signal closes its socket before anybody reads', async () => {
    const { server, client } = await setup(stream());
    const abort = new AbortController();
    await client.watch(pods, { signal: abort.signal });
    abort.abort();
    await vi.waitFor(() => expect(server.open).toBe(0));
  });

  test('leaving the loop closes its socket', async () => {
    const { server, client } = await setup(stream(line('ADDED', pod('a')), line('ADDED', pod('b'))));
    for await (const { object } of await client.watch(pods)) {
      expect(object.metadata.name).toBe('a');
      break;
    }
    await vi.waitFor(() => expect(server.open).toBe(0));
  });

  test('close() of the client ends it', async () => {
    const { server, client } = await setup(stream(line('ADDED', pod('a'))));
    const { seen, end } = read(await client.watch(pods));
    await vi.waitFor(() => expect(seen).toHaveLength(1));
    client.close();
    expect(await end).toMatchObject({ code: 'CLOSED' });
    await vi.waitFor(() => expect(server.open).toBe(0));
  });

  test('one that the server ended leaves its connection to the next request', async () => {
    const { server, client } = await setup((response) => response.end(line('ADDED', pod('a'))));
    expect(await names(client)).toEqual(['ADDED a']);
    expect(await names(client)).toEqual(['ADDED a']);
    expect(server.accepted).toBe(1);
  });
});

describe('a list in gzip', () => {
  const items = Array.from({ length: 1000 }, (_, index) => pod(`pod-${index}`));
  const body = JSON.stringify({ metadata: { resourceVersion: '7' }, items });

  test('is decoded', async () => {
    const { server, client } = await setup((response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(body));
    });
    expect((await client.list(pods)).items).toHaveLength(1000);
    expect(server.seen[0]?.headers['accept-encoding']).toBe('gzip');
    await client.list(pods);
    expect(server.accepted).toBe(1);
  });

  test.each([
    ['cut off', gzipSync(body).subarray(0, 500)],
    ['not gzip at all', Buffer.from('{"items":[]}')],
  ])('that is %s is a PROTOCOL error', async (_, bytes) => {
    const { server, client } = await setup((response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bytes);
    });
    await expect(client.list(pods)).rejects.toMatchObject({
      code: 'PROTOCOL',
      message: expect.stringMatching(`^the gzip answer of ${server.url} is broken: `),
    });
  });

  test('may not unpack to more than the limit', async () => {
    const server = await startKubeServer((response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(10_000_000, 0x20)));
    });
    closers.push(() => server.close());
    const client = createKubeClient(accessTo(server), { maxBodyBytes: 100_000 });
    closers.push(() => client.close());
    await expect(client.list(pods)).rejects.toMatchObject({ code: 'PROTOCOL' });
    server.reply = json({ items: [] });
    expect((await client.list(pods)).items).toEqual([]);
  });
});
