import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { decode } from 'dns-packet';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../src/clock.js';
import type { ResolverConfig } from '../src/dns/resolver-config.js';
import { createDnsSource, type DnsSourceOptions } from '../src/dns/source.js';
import { StubResolver } from '../src/dns/stub-resolver.js';
import { parseDnsTarget } from '../src/dns/target.js';
import { systemWire } from '../src/dns/wire.js';
import type { EndpointSet, EndpointSetState } from '../src/endpoint-set.js';
import { a, askedFor, encodeReply, nxdomain, type Reply } from './doubles/dns-replies.js';

const NAME = 'svc.ns.svc.cluster.local';
const good: Reply = { answers: [a(NAME, '10.1.0.1')] };

/** Bytes to send in answer to a query, several for several datagrams; none: silence. */
type Bytes = (query: Buffer) => Buffer[];

interface Misbehaviour {
  readonly udp: Bytes;
  readonly tcp?: Bytes;
}

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

function framed(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

/** A server on both transports of one loopback port that behaves as it is told. */
async function startServer(behaviour: Misbehaviour) {
  const udp: UdpSocket = createSocket('udp4');
  const sockets = new Set<Socket>();
  const asked: { transport: 'udp' | 'tcp'; from: number; id: number; question: string }[] = [];
  const note = (transport: 'udp' | 'tcp', from: number, query: Buffer): void => {
    asked.push({ transport, from, id: query.readUInt16BE(0), question: askedFor(query) });
  };
  const tcp: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (data) => {
      const query = data.subarray(2);
      note('tcp', socket.remotePort ?? 0, query);
      for (const bytes of (behaviour.tcp ?? behaviour.udp)(query)) socket.write(bytes);
    });
  });
  await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
  const { port } = tcp.address() as AddressInfo;
  await new Promise<void>((resolve) => udp.bind(port, '127.0.0.1', resolve));
  udp.on('message', (query, from: RemoteInfo) => {
    note('udp', from.port, query);
    for (const bytes of behaviour.udp(query)) udp.send(bytes, from.port, from.address);
  });
  closers.push(
    () => new Promise<void>((resolve) => udp.close(() => resolve())),
    () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => tcp.close(resolve));
    },
  );
  return { asked, host: '127.0.0.1', port, udp };
}

const configOf = (servers: ResolverConfig['servers'], timeoutMs = 300): ResolverConfig => ({
  servers,
  search: [],
  ndots: 1,
  timeoutMs,
  attempts: 1,
  rotate: false,
});

async function ask(behaviour: Misbehaviour, timeoutMs?: number) {
  const server = await startServer(behaviour);
  let id = 100;
  const resolver = new StubResolver({ wire: systemWire, clock: systemClock, randomId: () => id++ });
  const answer = resolver.ask({ name: NAME, type: 'A' }, configOf([server], timeoutMs));
  return { server, answer };
}

function patched(message: Buffer, change: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.from(message);
  change(bytes);
  return bytes;
}

describe('an answer', () => {
  it('is taken from the server that was asked, on a port of its own for each query', async () => {
    const { server, answer } = await ask({ udp: (query) => [encodeReply(query, good)] });
    expect((await answer).answers).toMatchObject([{ type: 'A', address: '10.1.0.1' }]);
    const resolver = new StubResolver({ wire: systemWire, clock: systemClock, randomId: () => 7 });
    for (let i = 0; i < 8; i++) await resolver.ask({ name: NAME, type: 'A' }, configOf([server]));
    expect(new Set(server.asked.map(({ from }) => from)).size).toBeGreaterThan(4);
  });

  it.each([
    ['another id', (bytes: Buffer) => bytes.writeUInt16BE(9_999, 0)],
    ['another question', (bytes: Buffer) => bytes.writeUInt8('x'.charCodeAt(0), 13)],
    ['another type in the question', (bytes: Buffer) => bytes.writeUInt16BE(28, 12 + NAME.length + 2)],
    ['two questions', (bytes: Buffer) => bytes.writeUInt16BE(2, 4)],
    ['the form of a query', (bytes: Buffer) => bytes.writeUInt8(bytes.readUInt8(2) & 0x7f, 2)],
  ])('with %s is passed over, and the real one is still taken', async (_, change) => {
    const { answer } = await ask({
      udp: (query) => [
        patched(encodeReply(query, { answers: [a(NAME, '10.9.9.9')] }), change),
        Buffer.from('no'),
        encodeReply(query, good),
      ],
    });
    expect((await answer).answers).toMatchObject([{ address: '10.1.0.1' }]);
  });

  it('from another port never arrives', async () => {
    const liar = createSocket('udp4');
    await new Promise<void>((resolve) => liar.bind(0, '127.0.0.1', resolve));
    closers.push(() => new Promise<void>((resolve) => liar.close(() => resolve())));
    const server = await startServer({ udp: () => [] });
    server.udp.on('message', (query, from) => {
      const lie = encodeReply(query, { answers: [a(NAME, '10.9.9.9')] });
      liar.send(lie, from.port, from.address, () => {
        server.udp.send(encodeReply(query, good), from.port, from.address);
      });
    });
    const resolver = new StubResolver({ wire: systemWire, clock: systemClock, randomId: () => 7 });
    const reply = await resolver.ask({ name: NAME, type: 'A' }, configOf([server]));
    expect(reply.answers).toMatchObject([{ address: '10.1.0.1' }]);
  });

  it('in another case of letters is taken', async () => {
    const { answer } = await ask({
      udp: (query) => [patched(encodeReply(query, good), (bytes) => bytes.write('SvC', 13))],
    });
    expect((await answer).answers).toHaveLength(1);
  });

  it('that was cut off comes over TCP, in pieces as they please', async () => {
    const many: Reply = {
      answers: Array.from({ length: 1_000 }, (_, i) => a(NAME, `10.1.${i >> 8}.${i & 255}`)),
    };
    const { answer, server } = await ask({
      udp: (query) => [encodeReply(query, { truncated: true })],
      tcp: (query) => {
        const bytes = framed(encodeReply(query, many));
        return [bytes.subarray(0, 1), bytes.subarray(1, 700), bytes.subarray(700)];
      },
    });
    expect((await answer).answers).toHaveLength(1_000);
    expect(server.asked.map(({ transport }) => transport)).toEqual(['udp', 'tcp']);
    expect(server.asked[0]!.id).not.toBe(server.asked[1]!.id);
  });

  it.each([
    ['with a pointer to itself', (query: Buffer) => pointing(query, (at) => at)],
    ['with a pointer forward', (query: Buffer) => pointing(query, (at) => at + 4)],
    [
      'that promises more records than it has',
      (query: Buffer) => patched(encodeReply(query, good), (bytes) => bytes.writeUInt16BE(9_999, 6)),
    ],
    ['that ends in a record', (query: Buffer) => encodeReply(query, good).subarray(0, -2)],
  ])('%s is refused at once, by name of the server', async (_, bytes) => {
    const { answer, server } = await ask({ udp: (query) => [bytes(query)] }, 5_000);
    await expect(answer).rejects.toThrow(`127.0.0.1:${server.port}: `);
  });

  it.each([
    ['silence', { udp: () => [] }, /no answer over UDP in 0.3 s/],
    [
      'silence over TCP',
      { udp: (query: Buffer) => [encodeReply(query, { truncated: true })], tcp: () => [] },
      /no answer over TCP in 0.3 s/,
    ],
    ['SERVFAIL', { udp: (query: Buffer) => [encodeReply(query, { rcode: 2 })] }, /SERVFAIL/],
  ])('that is %s is an error with the reason', async (_, behaviour, text) => {
    const { answer } = await ask(behaviour);
    await expect(answer).rejects.toThrow(text);
  });

  it('of whatever bytes never does more than fail', async () => {
    let bytes: Buffer = Buffer.alloc(0);
    const server = await startServer({
      udp: (query) => [
        patched(Buffer.concat([encodeReply(query, good), bytes]), (whole) => {
          for (let i = 0; i + 1 < bytes.length; i += 2) {
            const at = 12 + (bytes[i]! % (whole.length - 12));
            if (at > 12 + NAME.length + 5 || i % 4 === 0) whole[at] = bytes[i + 1]!;
          }
        }),
        encodeReply(query, { rcode: 5 }),
      ],
    });
    const resolver = new StubResolver({ wire: systemWire, clock: systemClock, randomId: () => 7 });
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 2, maxLength: 60 }), async (random) => {
        bytes = Buffer.from(random);
        await resolver.ask({ name: NAME, type: 'A' }, configOf([server])).catch((error) => {
          expect(error).toMatchObject({ code: 'DNS' });
        });
      }),
      { numRuns: 150 },
    );
  });
});

/** A reply whose record's name is a pointer to a place that is computed from its own. */
function pointing(query: Buffer, to: (at: number) => number): Buffer {
  const head = patched(encodeReply(query, {}), (bytes) => bytes.writeUInt16BE(1, 6));
  const record = Buffer.alloc(16);
  record.writeUInt16BE(0xc000 | to(head.length), 0);
  record.writeUInt16BE(1, 2);
  record.writeUInt16BE(1, 4);
  record.writeUInt16BE(4, 10);
  return Buffer.concat([head, record]);
}

describe('servers', () => {
  it('that nobody runs are passed over at once', async () => {
    const gone = await startServer({ udp: () => [] });
    await Promise.all(closers.splice(0).map((close) => close()));
    const server = await startServer({ udp: (query) => [encodeReply(query, good)] });
    const resolver = new StubResolver({ wire: systemWire, clock: systemClock, randomId: () => 7 });
    const config = configOf([{ host: gone.host, port: gone.port }, server], 60_000);
    expect((await resolver.ask({ name: NAME, type: 'A' }, config)).answers).toHaveLength(1);
  });

  it('to which there is no way are an error like any other', async () => {
    const resolver = new StubResolver({ wire: systemWire, clock: systemClock, randomId: () => 7 });
    // A socket may not connect to it without a word to the kernel.
    const nowhere = configOf([{ host: '255.255.255.255', port: 53 }], 60_000);
    await expect(resolver.ask({ name: NAME, type: 'A' }, nowhere)).rejects.toThrow(
      /255\.255\.255\.255:53: .*EACCES/,
    );
  });

  it('that are dead cost their timeout once', async () => {
    const dead = await startServer({ udp: () => [] });
    const server = await startServer({ udp: (query) => [encodeReply(query, good)] });
    const resolver = new StubResolver({ wire: systemWire, clock: systemClock, randomId: () => 7 });
    for (let i = 0; i < 3; i++) await resolver.ask({ name: NAME, type: 'A' }, configOf([dead, server], 100));
    expect(dead.asked).toHaveLength(1);
    expect(server.asked).toHaveLength(3);
  });
});

describe('the source', () => {
  function follow(server: { port: number }, options: DnsSourceOptions = {}) {
    const source = createDnsSource({ servers: [`127.0.0.1:${server.port}`], minTtlMs: 20, ...options });
    const sets: EndpointSet[] = [];
    const states: EndpointSetState[] = [];
    const watch = source.watch(parseDnsTarget(`headless:///${NAME}.:8088`), {
      onSet: (set) => sets.push(set),
      onState: (state) => states.push(state),
    });
    closers.push(async () => source.close());
    return { source, sets, states, watch, keys: () => sets.at(-1)?.endpoints.map(({ key }) => key) };
  }

  const forA = (reply: Reply) => (query: Buffer) => [
    encodeReply(query, decode(query).questions?.[0]?.type === 'A' ? reply : {}),
  ];

  it('follows a name: pods come and go, the server fails and heals', async () => {
    let reply = forA({ answers: [a(NAME, '10.1.0.1', 0)] });
    const server = await startServer({ udp: (query) => reply(query) });
    const { keys, sets, states } = follow(server);
    await expect.poll(keys).toEqual(['10.1.0.1:8088']);
    reply = forA({ answers: [a(NAME, '10.1.0.1', 0), a(NAME, '10.1.0.2', 0)] });
    await expect.poll(keys).toEqual(['10.1.0.1:8088', '10.1.0.2:8088']);
    reply = (query) => [encodeReply(query, { rcode: 2 })];
    await expect.poll(() => states.at(-1)).toMatchObject({ kind: 'stale', cause: { code: 'DNS' } });
    expect(keys()).toHaveLength(2);
    reply = forA({ answers: [a(NAME, '10.1.0.2', 0)] });
    await expect.poll(keys, { timeout: 5_000 }).toEqual(['10.1.0.2:8088']);
    expect(states.at(-1)).toEqual({ kind: 'live' });
    expect(sets.map(({ source }) => source)).toEqual(['dns', 'dns', 'dns']);
  });

  it('shares the looks of all who watch one target, and ends them with the last', async () => {
    const server = await startServer({ udp: forA({ answers: [a(NAME, '10.1.0.1', 300)] }) });
    const { source, watch, keys } = follow(server);
    const told: EndpointSet[] = [];
    const target = parseDnsTarget(`headless:///${NAME}.:8088`);
    const second = source.watch(target, { onSet: (set) => told.push(set) });
    await expect.poll(() => told.length).toBe(1);
    expect(keys()).toEqual(['10.1.0.1:8088']);
    const asked = server.asked.length;
    watch.close();
    watch.close();
    second.close();
    source.close();
    expect(() => source.watch(target, { onSet: () => {} })).toThrow(/the source is closed/);
    expect(server.asked).toHaveLength(asked);
  });

  it('says at once that a name is not there', async () => {
    const server = await startServer({ udp: (query) => [encodeReply(query, nxdomain(5))] });
    const { sets } = follow(server);
    await expect.poll(() => sets.length).toBe(1);
    expect(sets[0]).toMatchObject({
      endpoints: [],
      absence: { code: 'NO_NAME', message: expect.stringContaining(`DNS knows no ${NAME} (NXDOMAIN)`) },
    });
  });
});
