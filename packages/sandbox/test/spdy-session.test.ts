import type { Duplex } from 'node:stream';
import { afterEach, expect, it, vi } from 'vitest';
import { SpdySession, type SpdyStream } from '../src/node-agent/spdy/session.js';
import { duplexPair } from './duplex-pair.js';
import { SpdyClient } from './spdy-client.js';

const until = (check: () => unknown): Promise<void> =>
  vi.waitFor(() => expect(check()).toBeTruthy(), { timeout: 10_000, interval: 2 });

/** The server's ends of the connections. */
const transports: Duplex[] = [];
const open: { client: SpdyClient; session: SpdySession }[] = [];
afterEach(async () => {
  for (const { client, session } of open.splice(0)) {
    client.close();
    await session.closed;
  }
});

function connect(handler: (stream: SpdyStream) => void = (stream) => void stream.pipe(stream)) {
  const [near, far] = duplexPair();
  transports.push(far);
  const session = new SpdySession(far, handler);
  const client = new SpdyClient(near);
  open.push({ client, session });
  return { client, session };
}

it('answers a stream, hands on its headers, and keeps both directions apart', async () => {
  const seen: string[] = [];
  const { client } = connect((stream) => {
    seen.push(JSON.stringify(Object.fromEntries(stream.headers)));
    stream.pipe(stream);
  });
  const one = await client.open({ Streamtype: 'data', port: '80' });
  const two = await client.open({ streamtype: 'error', port: '80', 'x-long': 'y'.repeat(5000) });
  client.send(one, 'hello');
  client.send(one, ' there', true);
  client.send(two, 'x'.repeat(300_000), true);
  await until(() => one.ended && two.ended);
  expect([one.replied, one.text, two.replied, two.text.length]).toEqual([true, 'hello there', true, 300_000]);
  expect(seen.map((text) => JSON.parse(text).streamtype)).toEqual(['data', 'error']);
});

it('answers pings of the client, and no others', async () => {
  const { client } = connect();
  client.ping(2);
  client.ping(7);
  await until(() => client.pongs.length > 0);
  expect(client.pongs).toEqual([7]);
});

it('refuses streams with numbers of the server or of the past, and those that the handler refuses', async () => {
  const { client } = connect((stream) => {
    if (stream.headers.get('streamtype') === 'bad') throw new Error('no');
  });
  const good = await client.open({ streamtype: 'good' }, 0, 5);
  const even = await client.open({ streamtype: 'good' }, 0, 6);
  const old = await client.open({ streamtype: 'good' }, 0, 3);
  const bad = await client.open({ streamtype: 'bad' }, 0, 7);
  await until(() => bad.reset);
  expect([good, even, old].map(({ replied, reset }) => [replied, reset])).toEqual([
    [true, false],
    [false, true],
    [false, true],
  ]);
});

it('ends a stream that the client resets, and resets one that is destroyed', async () => {
  const streams: SpdyStream[] = [];
  const { client } = connect((stream) => void streams.push(stream.resume()));
  const first = await client.open({});
  const second = await client.open({});
  client.reset(first);
  await until(() => streams[0]?.destroyed);
  streams[1]?.destroy();
  await until(() => second.reset);
  expect(first.reset).toBe(false);
});

it('holds the connection up for a stream that nobody reads, and lets it go again', async () => {
  const streams: SpdyStream[] = [];
  const { client } = connect((stream) => void streams.push(stream));
  const stream = await client.open({});
  client.send(stream, Buffer.alloc(1_000_000));
  client.ping(1);
  await until(() => (streams[0]?.readableLength ?? 0) > 0);
  expect(client.pongs).toEqual([]);
  streams[0]?.resume();
  await until(() => client.pongs.length === 1);
});

it('says goodbye, and ends when the client does', async () => {
  const { client, session } = connect();
  session.close();
  session.close();
  await until(() => client.goneAway);
  client.close();
  await session.closed;
});

it.each([
  ['bytes that are no frames', Buffer.from('GET / HTTP/1.1\r\n\r\n'.replace(/^G/, '\xff'), 'latin1')],
  ['headers that are not compressed', Buffer.from('80030001000000100000000100000000000061626364656a', 'hex')],
])('ends with its streams at %s', async (_name, bytes) => {
  const streams: SpdyStream[] = [];
  const { client, session } = connect((stream) => void streams.push(stream));
  await client.open({});
  await until(() => streams.length === 1);
  client.raw(bytes);
  await session.closed;
  expect(streams[0]?.destroyed).toBe(true);
});

it('refuses headers that swell to more than it takes', async () => {
  const streams: SpdyStream[] = [];
  const { client, session } = connect((stream) => void streams.push(stream));
  await client.open({ streamtype: 'z'.repeat(1_000_000) });
  await session.closed;
  expect(streams).toEqual([]);
});

it('ends with its connection while a stream has nobody who reads it', async () => {
  const { client, session } = connect(() => {});
  const stream = await client.open({ streamtype: 'data' });
  client.send(stream, 'x'.repeat(2_000_000));
  await until(() => stream.replied);
  transports.at(-1)?.destroy();
  await session.closed;
});
