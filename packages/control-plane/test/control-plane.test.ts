import { connect as connectHttp } from 'node:http2';
import { connect } from 'node:net';
import { create, toBinary } from '@bufbuild/protobuf';
import { afterEach, describe, expect, it } from 'vitest';
import { DeltaDiscoveryRequestSchema } from '../src/gen/envoy/service/discovery/v3/discovery_pb.js';
import { HEADER_BYTES, writeHeader } from '../src/grpc/frame.js';
import { type ControlPlaneOptions, createControlPlane } from '../src/index.js';
import { TYPE_URLS } from '../src/resource-type.js';
import { endpoint } from './doubles/endpoints.js';
import { ScriptedSource } from './doubles/scripted-source.js';
import { RawStream, until } from './streams.js';

const open: { close(): unknown }[] = [];

afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

async function start(options: ControlPlaneOptions = {}) {
  const source = new ScriptedSource();
  const controlPlane = createControlPlane({ source, port: 0, mergeMs: 0, ...options });
  const { port } = await controlPlane.start();
  open.push(controlPlane);
  const stream = (protocol: 'sotw' | 'delta' = 'sotw'): RawStream => {
    const opened = new RawStream(port, protocol);
    // Before the control plane: it would wait for the connection.
    open.unshift(opened);
    return opened;
  };
  return { source, controlPlane, port, stream };
}

const holds = (stream: RawStream, text: string): boolean =>
  stream.responses.some(({ resources }) => resources.some(({ value }) => Buffer.from(value).includes(text)));

describe('createControlPlane', () => {
  it.each(['0.0.0.0', '::', '10.0.0.1', 'localhost', 'example.com'])('refuses to serve on %s', (host) => {
    expect(() => createControlPlane({ host })).toThrow(
      `host: "${host}" is not accepted: a loopback address, or any with tls, or with both plaintext and open`,
    );
  });

  it.each<[ControlPlaneOptions, string]>([
    [{ port: -1 }, 'port: -1 is not accepted: an integer from 0 to 65535'],
    [{ host: '0.0.0.0', open: true }, 'host: "0.0.0.0" is not accepted'],
    [{ host: '0.0.0.0', plaintext: true }, 'host: "0.0.0.0" is not accepted'],
    [{ plaintext: true, tls: { certFile: 'a', keyFile: 'b' } }, 'plaintext: true is not accepted: either'],
    [{ tls: { certFile: '', keyFile: 'b' } }, 'tls: "" is not accepted: the paths certFile and keyFile'],
    [{ audience: '' }, 'audience: "" is not accepted: a name'],
    [{ namespaces: [] }, 'namespaces: "" is not accepted'],
    [{ mergeMs: Number.NaN }, 'mergeMs: NaN is not accepted: a number from 0 up'],
    [{ limits: { maxNames: 0 } }, 'limits.maxNames: 0 is not accepted: a number from 1 up'],
    [{ publish: ['no name'] }, 'target "k8s:///no name"'],
  ])('refuses %j', (options, text) => {
    expect(() => createControlPlane(options)).toThrow(text);
  });

  it('says that an address is taken', async () => {
    const { port } = await start();
    const second = createControlPlane({ source: new ScriptedSource(), port });
    open.push(second);
    await expect(second.start()).rejects.toMatchObject({ code: 'LISTEN_FAILED' });
  });

  it('is ready when the cluster was read, and no longer when it is closed', async () => {
    const { source, controlPlane } = await start({ namespaces: ['a', 'b'] });
    source.remove('kubernetes.a');
    expect(controlPlane.ready).toBe(false);
    source.remove('kubernetes.b');
    await controlPlane.synced();
    expect(controlPlane.ready).toBe(true);
    const closed = controlPlane.close();
    expect(controlPlane.ready).toBe(false);
    await closed;
    expect(source.closed).toBe(true);
  });
});

it('starts once, however often it is told to', async () => {
  const controlPlane = createControlPlane({ source: new ScriptedSource(), port: 0 });
  open.push(controlPlane);
  const [first, second] = await Promise.all([controlPlane.start(), controlPlane.start()]);
  expect(second).toEqual(first);
});

describe.each(['sotw', 'delta'] as const)('a %s stream', (protocol) => {
  it('gets what it asks for when that is known, and each change', async () => {
    const { source, stream } = await start();
    const client = stream(protocol);
    for (const type of ['listener', 'route', 'cluster', 'endpoints'] as const) client.ask(type, ['a.n:1']);
    await until('the target is watched', () => source.watched.includes('a.n'));
    expect(client.responses).toEqual([]);
    source.put('a.n', '10.0.0.1');
    await until('all four are there', () => client.responses.length === 4);
    source.put('a.n', '10.0.0.1', '10.0.0.2');
    await until('the change is there', () => holds(client, '10.0.0.2'));
    expect(client.responses).toHaveLength(5);
  });

  it('is served when another one sends what is no request', async () => {
    const { source, controlPlane, stream } = await start();
    const [bad, good] = [stream(protocol), stream(protocol)];
    bad.write(Buffer.from([0xff, 0xff, 0xff]));
    await until('the bad stream has ended', () => bad.ended !== undefined);
    expect(bad.ended).toBe('3 malformed discovery request');
    good.ask('other', []);
    good.ask('endpoints', ['a.n:1']);
    await until('the target is watched', () => source.watched.includes('a.n'));
    source.put('a.n', '10.0.0.1');
    await until('it is served', () => holds(good, '10.0.0.1'));
    expect(controlPlane.clients().map(({ node }) => node?.id)).toEqual(['raw']);
  });
});

describe('limits', () => {
  it('end a stream that asks for too many names, and refuse streams that are too many', async () => {
    const { controlPlane, stream } = await start({ limits: { maxStreams: 1, maxNames: 2 } });
    const first = stream();
    first.ask('endpoints', ['a.n:1']);
    await until('the stream is open', () => controlPlane.clients().length === 1);
    const second = stream();
    await until('the second is refused', () => second.ended !== undefined);
    expect(second.ended).toBe('8 this control plane has 1 streams already');
    first.ask('endpoints', ['a', 'b', 'c']);
    await until('the first is refused', () => first.ended !== undefined);
    expect(first.ended).toBe('8 3 names of type endpoints: at most 2 are accepted');
    await until('nobody is left', () => controlPlane.clients().length === 0);
  });

  it.each([
    ['what is no request', Buffer.from([0xff]), 'malformed'],
    ['a request that is too long', Buffer.alloc(101), 'limit'],
  ])('end the subscriptions of a stream that sent %s, though its client stays', async (_, bytes, reason) => {
    const { source, controlPlane, port } = await start({
      limits: { maxRequestBytes: 100 },
      lingerMs: 0,
      admin: { port: 0 },
    });
    const session = connectHttp(`http://127.0.0.1:${port}`);
    open.unshift({ close: () => session.destroy() });
    const path = '/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources';
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
    });
    const send = (message: Uint8Array): void => {
      const frame = Buffer.alloc(HEADER_BYTES + message.length);
      writeHeader(frame, message.length);
      frame.set(message, HEADER_BYTES);
      stream.write(frame);
    };
    const fields = { typeUrl: TYPE_URLS.cluster, resourceNamesSubscribe: ['a.n:1'] };
    send(toBinary(DeltaDiscoveryRequestSchema, create(DeltaDiscoveryRequestSchema, fields)));
    await until('the target is watched', () => source.watched.includes('a.n'));
    send(bytes);
    await until('it is not watched any more', () => !source.watched.includes('a.n'), 5_000);
    const { admin } = await controlPlane.start();
    const metrics = await (await fetch(`http://127.0.0.1:${admin?.port}/metrics`)).text();
    expect(metrics).toContain(`fairlead_xds_refused_total{reason="${reason}"} 1`);
  });

  it('end a stream whose request is too long', async () => {
    const { stream } = await start({ limits: { maxRequestBytes: 100 } });
    const client = stream();
    client.ask('endpoints', ['x'.repeat(200)]);
    await until('it is refused', () => client.ended !== undefined);
    expect(client.ended).toMatch(/^8 /);
  });
});

describe('a client that does not read', () => {
  it('gets the newest state, and not what was in between', async () => {
    const { source, stream } = await start();
    const client = stream();
    client.ask('endpoints', ['a.n:1']);
    await until('the target is watched', () => source.watched.includes('a.n'));
    const some = (n: number) =>
      Array.from({ length: 1_000 }, (_, i) => endpoint(`10.${n}.${i >> 8}.${i & 255}`));
    source.put('a.n', ...some(0));
    await until('the first state is there', () => client.responses.length === 1);
    client.pause();
    for (let n = 1; n <= 60; n++) {
      source.put('a.n', ...some(n));
      const next = performance.now() + 11;
      await until('a window has passed', () => performance.now() >= next);
    }
    client.resume();
    await until('the newest state is there', () => holds(client, '10.60.0.1'));
    expect(client.responses.length).toBeLessThan(40);
  });
});

describe('close', () => {
  it('ends streams with status OK within the time that is given, and takes no new ones', async () => {
    const { controlPlane, port, stream } = await start();
    const clients = [stream(), stream(), stream()];
    for (const client of clients) client.ask('endpoints', ['a.n:1']);
    await until('all are open', () => controlPlane.clients().length === 3);
    const closed = controlPlane.close({ spreadMs: 200 });
    await until('all have ended', () => clients.every(({ ended }) => ended !== undefined));
    expect(clients.map(({ ended }) => ended)).toEqual(['end', 'end', 'end']);
    await closed;
    const refused = await new Promise((resolve) => {
      connect(port, '127.0.0.1').once('error', ({ message }) => resolve(message));
    });
    expect(refused).toContain('ECONNREFUSED');
  });

  it('ends everything at once without a time, and only once', async () => {
    const { controlPlane, stream } = await start();
    const client = stream();
    client.ask('endpoints', ['a.n:1']);
    await until('it is open', () => controlPlane.clients().length === 1);
    await Promise.all([controlPlane.close(), controlPlane.close()]);
    await until('it has ended', () => client.ended !== undefined);
    expect(client.ended).toBe('end');
    await expect(controlPlane.start()).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('leaves no port behind when it comes while the start is under way', async () => {
    const { port } = await (async () => {
      const { controlPlane, port } = await start();
      await controlPlane.close();
      return { port };
    })();
    const controlPlane = createControlPlane({ source: new ScriptedSource(), port });
    const started = controlPlane.start();
    const closed = controlPlane.close();
    await expect(started).rejects.toMatchObject({ code: 'CLOSED' });
    await closed;
    const next = createControlPlane({ source: new ScriptedSource(), port });
    open.push(next);
    await expect(next.start()).resolves.toMatchObject({ port });
  });

  it('comes after a start that failed', async () => {
    const { port } = await start();
    const second = createControlPlane({ source: new ScriptedSource(), port });
    await expect(second.start()).rejects.toMatchObject({ code: 'LISTEN_FAILED' });
    await second.close();
  });
});
