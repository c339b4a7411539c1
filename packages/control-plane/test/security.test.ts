import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect as connectHttp, type IncomingHttpHeaders } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import type { Logger } from '@fairlead/discovery';
import { credentials } from '@grpc/grpc-js';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../discovery/test/doubles/virtual-clock.js';
import {
  type CertificateAuthority,
  createCertificateAuthority,
  type KeyPair,
} from '../../sandbox/src/api/pki/x509.js';
import { type ControlPlaneOptions, createControlPlane } from '../src/index.js';
import { ScriptedReviews, tokenOf } from './doubles/scripted-reviews.js';
import { ScriptedSource } from './doubles/scripted-source.js';
import { RawStream, type Shown, until } from './streams.js';

const open: { close(): unknown }[] = [];
let authority: CertificateAuthority;

beforeAll(() => {
  authority = createCertificateAuthority();
});

afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

const serverPair = (): KeyPair =>
  authority.issue({ commonName: 'xds', addresses: ['127.0.0.1'], usage: 'server' });

async function certificateFiles() {
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-tls-'));
  open.push({ close: () => rm(folder, { recursive: true }) });
  const files = { certFile: join(folder, 'tls.crt'), keyFile: join(folder, 'tls.key') };
  const write = async (pair: Partial<KeyPair>): Promise<void> => {
    if (pair.certificatePem !== undefined) await writeFile(files.certFile, pair.certificatePem);
    if (pair.keyPem !== undefined) await writeFile(files.keyFile, pair.keyPem);
  };
  const clientCaFile = join(folder, 'ca.crt');
  await writeFile(clientCaFile, authority.certificatePem);
  return { files, write, clientCaFile };
}

async function start(options: ControlPlaneOptions = {}, byCertificate = false) {
  const source = new ScriptedSource();
  const reviews = new ScriptedReviews();
  const clock = new VirtualClock(Date.now());
  const { files, write, clientCaFile } = await certificateFiles();
  await write(serverPair());
  const tls = byCertificate ? { ...files, clientCaFile } : files;
  const controlPlane = createControlPlane({ source, reviews, clock, tls, port: 0, mergeMs: 0, ...options });
  const { port } = await controlPlane.start();
  open.unshift(controlPlane);
  const ca = Buffer.from(authority.certificatePem);
  const stream = (token?: string, channel: Shown['channel'] = credentials.createSsl(ca)): RawStream => {
    const opened = new RawStream(port, 'sotw', { channel, ...(token && { token }) });
    open.unshift(opened);
    return opened;
  };
  return { source, reviews, clock, controlPlane, port, stream, write, ca, clientCaFile };
}

const has = ({ responses }: RawStream, text: string): boolean =>
  responses.some(({ resources }) => resources.some(({ value }) => Buffer.from(value).includes(text)));

const ended = async (stream: RawStream): Promise<string | undefined> => {
  await until('the stream has ended', () => stream.ended !== undefined);
  return stream.ended;
};

describe('a client with a token', () => {
  it('sees the Services of namespaces that it may list, and nothing of others', async () => {
    const { source, reviews, controlPlane, stream } = await start();
    reviews.permitted.add('app mine');
    source.put('s.mine', '10.0.0.1');
    source.put('s.theirs', '10.0.0.2');
    const client = stream(reviews.account('app'));
    client.ask('endpoints', ['s.mine:1', 's.theirs:1']);
    client.ask('cluster', ['s.mine:1', 's.theirs:1']);
    await until('its own are there', () => client.responses.length === 2);
    expect(has(client, 's.theirs')).toBe(false);
    expect(source.watched).toEqual(['kubernetes.default', 's.mine']);
    expect(controlPlane.clients().map(({ user }) => user)).toEqual(['app']);
  });

  it('sees a namespace when it gets the right, and its stream ends when it loses that', async () => {
    const { source, reviews, clock, stream } = await start();
    source.put('s.mine', '10.0.0.1');
    const client = stream(reviews.account('app'));
    client.ask('endpoints', ['s.mine:1']);
    await until('the right was asked for', () => reviews.asked.includes('app mine'));
    await clock.advance(0);
    reviews.permitted.add('app mine');
    await clock.advance(10_000);
    await until('it sees them', () => has(client, '10.0.0.1'));
    reviews.permitted.clear();
    await clock.advance(60_000);
    expect(await ended(client)).toBe('end');
  });

  it('is sent away when the token ends, so that it comes with a new one', async () => {
    const { reviews, clock, controlPlane, stream } = await start();
    const client = stream(reviews.account('app', { expiresAtMs: clock.now() + 3_600_000 }));
    client.ask('endpoints', ['s.mine:1']);
    await until('it is in', () => controlPlane.clients().length === 1);
    await clock.advance(3_599_999);
    expect(client.ended).toBeUndefined();
    await clock.advance(1);
    expect(await ended(client)).toBe('end');
  });
});

describe('a client that does not show who it is', () => {
  it.each([
    ['nothing', undefined, '16 a ServiceAccount token with the audience fairlead is needed'],
    ['no token', 'secret', '16 the token is not a valid one with the audience fairlead'],
    ['a token of nobody', tokenOf('nobody'), '16 the token is not a valid one with the audience fairlead'],
  ])('is refused with %s', async (_, token, text) => {
    const { controlPlane, stream } = await start();
    expect(await ended(stream(token))).toBe(text);
    expect(controlPlane.clients()).toEqual([]);
  });

  it('is told to come again while nobody can be asked, without a word about the cluster', async () => {
    const { reviews, stream } = await start();
    reviews.away = true;
    expect(await ended(stream(tokenOf('app')))).toBe('14 the token cannot be checked now');
  });

  it('sees everything where that was asked for', async () => {
    const { source, reviews, stream } = await start({ open: true });
    source.put('s.mine', '10.0.0.1');
    const client = stream();
    client.ask('endpoints', ['s.mine:1']);
    await until('it sees them', () => has(client, '10.0.0.1'));
    expect(reviews.asked).toEqual([]);
  });
});

describe('a client with a certificate', () => {
  const shown = (pair: KeyPair): Shown['channel'] =>
    credentials.createSsl(
      Buffer.from(authority.certificatePem),
      Buffer.from(pair.keyPem),
      Buffer.from(pair.certificatePem),
    );

  it('is who that says', async () => {
    const { source, reviews, controlPlane, stream } = await start({}, true);
    source.put('s.mine', '10.0.0.1');
    reviews.permitted.add('app mine');
    const client = stream(undefined, shown(authority.issue({ commonName: 'app', usage: 'client' })));
    client.ask('endpoints', ['s.mine:1']);
    await until('it sees them', () => has(client, '10.0.0.1'));
    expect(controlPlane.clients().map(({ user }) => user)).toEqual(['app']);
    expect(reviews.asked).toEqual(['app mine']);
  });

  it('is sent to another connection when its certificate ends, and not served on that one again', async () => {
    const { controlPlane, clock, port, ca } = await start({}, true);
    const pair = authority.issue({ commonName: 'app', usage: 'client' });
    const shows = { ca, cert: pair.certificatePem, key: pair.keyPem };
    const session = connectHttp(`https://127.0.0.1:${port}`, shows);
    open.unshift({ close: () => session.destroy() });
    const path = '/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources';
    const call = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc' };
    const seen: IncomingHttpHeaders[] = [];
    let isToldToGo = false;
    session.on('goaway', () => {
      isToldToGo = true;
    });
    session.request(call).on('response', (headers) => seen.push(headers));
    await until('it is in', () => controlPlane.clients().length === 1);
    await clock.advance(364 * 86_400_000);
    expect(isToldToGo).toBe(false);
    await clock.advance(2 * 86_400_000);
    await until('its stream has ended', () => seen.length === 1);
    expect(seen[0]).toMatchObject({ 'grpc-status': '0' });
    await until('it is told to go', () => isToldToGo);
    const late = connectHttp(`https://127.0.0.1:${port}`, shows);
    open.unshift({ close: () => late.destroy() });
    late.request(call).on('response', (headers) => seen.push(headers));
    await until('the other is refused', () => seen.length === 2);
    expect(seen[1]).toMatchObject({ 'grpc-status': '16' });
    await until('it is sent away, too', () => late.closed);
  });

  it('is who it was when it takes up an earlier TLS session again', async () => {
    const { controlPlane, port, ca } = await start({}, true);
    const pair = authority.issue({ commonName: 'app', usage: 'client' });
    const shows = { ca, cert: pair.certificatePem, key: pair.keyPem, ALPNProtocols: ['h2'] };
    const path = '/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources';
    const first = connect({ port, host: '127.0.0.1', ...shows }).resume();
    open.unshift({ close: () => first.destroy() });
    const [session] = (await once(first, 'session')) as [Buffer];
    const second = connect({ port, host: '127.0.0.1', ...shows, session });
    open.unshift({ close: () => second.destroy() });
    await once(second, 'secureConnect');
    expect([first.isSessionReused(), second.isSessionReused()]).toEqual([false, true]);
    const client = connectHttp(`https://127.0.0.1:${port}`, { createConnection: () => second });
    open.unshift({ close: () => client.destroy() });
    client.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc' });
    await until('it is in', () => controlPlane.clients().length === 1);
    expect(controlPlane.clients().map(({ user }) => user)).toEqual(['app']);
  });

  it('needs one of another authority when that was changed, and no earlier TLS session helps', async () => {
    const { clock, port, ca, clientCaFile } = await start({}, true);
    const dial = (by: CertificateAuthority, session?: Buffer) => {
      const { certificatePem: cert, keyPem: key } = by.issue({ commonName: 'app', usage: 'client' });
      const shows = { ca, cert, key, ALPNProtocols: ['h2'], ...(session && { session }) };
      const socket = connect({ port, host: '127.0.0.1', ...shows }).resume();
      open.unshift({ close: () => socket.destroy() });
      return socket;
    };
    const sessionOf = async (by: CertificateAuthority): Promise<Buffer> => {
      const [session] = (await once(dial(by), 'session')) as [Buffer];
      return session;
    };
    const earlier = await sessionOf(authority);
    const next = createCertificateAuthority();
    await writeFile(clientCaFile, next.certificatePem);
    const isRefused = async (): Promise<boolean> => {
      await clock.advance(10_000);
      // A client of TLS 1.3 is through before the server has looked at its certificate: then HTTP/2 begins, or nothing.
      const socket = dial(authority, earlier);
      return new Promise((resolve) => {
        socket.once('close', () => resolve(true));
        socket.once('data', () => resolve(false));
      });
    };
    const deadline = Date.now() + 20_000;
    while (!(await isRefused())) expect(Date.now()).toBeLessThan(deadline);
    expect(await sessionOf(next)).toBeInstanceOf(Buffer);
  });

  it('gets no connection without one, or with that of another authority, and the log says so once', async () => {
    const warned: unknown[] = [];
    const quiet = (): void => {};
    const warn: Logger['warn'] = (msg, fields) => void warned.push([msg, fields?.reason]);
    const { stream } = await start({ logger: { debug: quiet, info: quiet, warn, error: quiet } }, true);
    const stranger = createCertificateAuthority().issue({ commonName: 'app', usage: 'client' });
    for (const client of [stream(), stream(undefined, shown(stranger))]) {
      client.ask('endpoints', ['s.mine:1']);
      expect(await ended(client)).toMatch(/^14 /);
    }
    const reason = 'its certificate is missing, or of no authority that is known here';
    await until('the log says so', () => warned.length > 0);
    expect(warned).toEqual([['a client was not admitted', reason]]);
  });
});

describe('the certificate', () => {
  const serialOf = (port: number, ca: Buffer): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', ca }, () => {
        resolve(socket.getPeerCertificate().serialNumber);
        socket.destroy();
      });
      socket.once('error', reject);
    });

  it('is renewed with its files, and stays when they do not fit each other', async () => {
    const { clock, port, ca, write } = await start();
    const first = await serialOf(port, ca);
    const next = serverPair();
    await write({ certificatePem: next.certificatePem });
    const look = async (): Promise<string> => {
      await clock.advance(10_000);
      return serialOf(port, ca);
    };
    expect([await look(), await look()]).toEqual([first, first]);
    await write({ keyPem: next.keyPem });
    const deadline = Date.now() + 20_000;
    while ((await look()) === first) expect(Date.now()).toBeLessThan(deadline);
    expect(await look()).not.toBe(first);
  });

  it('must be there at the start', async () => {
    const { files } = await certificateFiles();
    const controlPlane = createControlPlane({
      source: new ScriptedSource(),
      open: true,
      tls: files,
      port: 0,
    });
    open.push(controlPlane);
    await expect(controlPlane.start()).rejects.toMatchObject({ code: 'TLS_INVALID' });
  });
});
