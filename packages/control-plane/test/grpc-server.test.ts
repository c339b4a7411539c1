import { type ClientHttp2Session, connect, constants, type IncomingHttpHeaders } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { silentLogger, systemClock } from '@fairlead/discovery';
import { afterEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../discovery/test/doubles/virtual-clock.js';
import { createCertificateAuthority } from '../../sandbox/src/api/pki/x509.js';
import { HEADER_BYTES, writeHeader } from '../src/grpc/frame.js';
import { GrpcServer, type GrpcServerOptions, type ServerCertificate } from '../src/grpc/grpc-server.js';
import type { ServerCall } from '../src/grpc/server-call.js';
import { until } from './streams.js';

const open: (() => unknown)[] = [];

afterEach(() => {
  for (const close of open.splice(0)) close();
});

function framed(text: string, flag = 0): Buffer {
  const frame = Buffer.alloc(HEADER_BYTES + text.length);
  writeHeader(frame, text.length);
  frame[0] = flag;
  frame.write(text, HEADER_BYTES);
  return frame;
}

/** Answers every message with the same, and the end with the end. */
function echo(call: ServerCall): void {
  call.listen({
    message: (bytes) => call.write(framed(bytes.toString()), () => {}),
    unreadable: (refusal) => call.end(refusal),
    halfClose: () => call.end(),
    close: () => {},
  });
}

/** A server of one method; it is ended after the test. */
async function listen(
  serve: (call: ServerCall) => void,
  options: Partial<GrpcServerOptions> = {},
  certificate?: ServerCertificate,
) {
  const server = new GrpcServer({
    methods: new Map([['/echo.Echo/Talk', serve]]),
    clock: systemClock,
    logger: silentLogger,
    maxMessageBytes: 100,
    maxCalls: 10,
    maxConnections: 10,
    maxConnectionsPerAddress: 10,
    keepaliveMs: 60_000,
    idleMs: 60_000,
    ...options,
  });
  const port = await server.listen('127.0.0.1', 0, certificate);
  open.push(() => {
    void server.drain();
    server.cut();
  });
  return { server, port };
}

async function start(serve: (call: ServerCall) => void = echo, options: Partial<GrpcServerOptions> = {}) {
  const { server, port } = await listen(serve, options);
  const session = connect(`http://127.0.0.1:${port}`);
  open.unshift(() => session.destroy());
  return { server, port, session };
}

/** A server with TLS, and a client that has not begun its handshake. */
async function startHandshake() {
  const authority = createCertificateAuthority();
  const pair = authority.issue({ commonName: 'xds', addresses: ['127.0.0.1'], usage: 'server' });
  const certificate = { cert: Buffer.from(pair.certificatePem), key: Buffer.from(pair.keyPem) };
  const { server, port } = await listen(echo, {}, certificate);
  const other = connect(`https://127.0.0.1:${port}`, { ca: authority.certificatePem });
  const socket = connectTcp(port, '127.0.0.1');
  open.unshift(
    () => other.destroy(),
    () => socket.destroy(),
  );
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('connect', resolve));
  // Connections are taken in order, so the server knows of the first one when the second is served.
  const seen = call(other);
  seen.stream.end(framed('one'));
  await until('the server answers', () => seen.closed);
  other.destroy();
  return { server, socket, ca: authority.certificatePem };
}

/** A call as its client sees it. */
function call(session: ClientHttp2Session, headers: IncomingHttpHeaders = {}) {
  const stream = session.request({
    ':method': 'POST',
    ':path': '/echo.Echo/Talk',
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  });
  const seen = { headers: {}, trailers: {}, text: '', closed: false, stream };
  stream.on('response', (headers) => {
    seen.headers = headers;
  });
  stream.on('trailers', (trailers) => {
    seen.trailers = trailers;
  });
  stream.on('data', (chunk: Buffer) => {
    seen.text += chunk.subarray(HEADER_BYTES).toString();
  });
  stream.on('error', () => {});
  stream.on('close', () => {
    seen.closed = true;
  });
  return seen;
}

describe('GrpcServer', () => {
  it('carries messages both ways and ends with a status in the trailers', async () => {
    const { session } = await start();
    const seen = call(session);
    seen.stream.write(framed('one'));
    await until('the answer', () => seen.text === 'one');
    seen.stream.end(framed('two'));
    await until('the end', () => seen.closed);
    expect(seen).toMatchObject({
      headers: { ':status': 200, 'content-type': 'application/grpc' },
      trailers: { 'grpc-status': '0' },
      text: 'onetwo',
    });
    expect(seen.stream.rstCode).toBe(constants.NGHTTP2_NO_ERROR);
  });

  it('tells how a call ended in its headers, when nothing was sent before', async () => {
    const { session } = await start((each) => each.end({ code: 16, details: 'who are you?' }));
    const seen = call(session);
    await until('the end', () => 'grpc-status' in seen.headers);
    expect(seen.headers).toMatchObject({ 'grpc-status': '16', 'grpc-message': 'who are you?' });
    seen.stream.end();
    await until('it is closed', () => seen.closed);
  });

  it.each<[string, IncomingHttpHeaders, object]>([
    ['a method that there is not', { ':path': '/echo.Echo/Sing' }, { ':status': 200, 'grpc-status': '12' }],
    ['GET', { ':method': 'GET' }, { ':status': 405 }],
    ['another content type', { 'content-type': 'application/grpc-web' }, { ':status': 415 }],
    ['no content type', { 'content-type': undefined }, { ':status': 415 }],
  ])('refuses %s', async (_, headers, expected) => {
    const { session } = await start();
    const seen = call(session, headers);
    await until('the answer', () => ':status' in seen.headers);
    expect(seen.headers).toMatchObject(expected);
  });

  it.each([
    ['a message that is too long', framed('x'.repeat(101)), '8'],
    ['a compressed message', framed('x', 1), '12'],
  ])('ends a call for %s, and serves others on the same connection', async (_, bytes, status) => {
    const { session } = await start();
    const [bad, good] = [call(session), call(session)];
    bad.stream.write(bytes);
    await until('the end', () => 'grpc-status' in bad.headers);
    expect(bad.headers).toMatchObject({ 'grpc-status': status });
    bad.stream.write(framed('more'));
    good.stream.write(framed('good'));
    await until('the answer', () => good.text === 'good');
    expect(bad.text).toBe('');
  });

  it('says that a call is over when its client or its connection is gone', async () => {
    const over: string[] = [];
    const names = ['first', 'second'];
    const { session } = await start((each) => {
      const name = names.shift() ?? '';
      each.listen({
        message: () => {},
        unreadable: () => {},
        halfClose: () => {},
        close: () => over.push(name),
      });
    });
    const [first] = [call(session), call(session)];
    await until('both have come', () => names.length === 0);
    first.stream.close(constants.NGHTTP2_CANCEL);
    await until('one is over', () => over.length > 0);
    expect(over).toEqual(['first']);
    session.destroy();
    await until('the other is over', () => over.length > 1);
    expect(over).toEqual(['first', 'second']);
  });

  it('does not write to a call that is over, and does not end it twice', async () => {
    let served: ServerCall | undefined;
    const { session } = await start((each) => {
      served = each;
      each.end();
      each.end({ code: 8, details: 'again' });
      each.write(framed('late'), () => {});
    });
    const seen = call(session);
    await until('the end', () => 'grpc-status' in seen.headers);
    expect(seen.headers).toMatchObject({ 'grpc-status': '0' });
    expect([seen.text, served?.over]).toEqual(['', true]);
  });

  it('takes no calls while it drains, and is drained when those that are open are over', async () => {
    const { server, port, session } = await start();
    const seen = call(session);
    seen.stream.write(framed('one'));
    await until('the answer', () => seen.text === 'one');
    let drained = false;
    const done = server.drain().then(() => {
      drained = true;
    });
    await until('the client is told', () => session.closed);
    const refused = await new Promise((resolve) => {
      connectTcp(port, '127.0.0.1').once('error', ({ message }) => resolve(message));
    });
    expect(refused).toContain('ECONNREFUSED');
    seen.stream.write(framed('two'));
    await until('it still talks', () => seen.text === 'onetwo');
    expect(drained).toBe(false);
    seen.stream.end();
    await done;
  });

  it('does not cut a connection that drains while a call is open on it, however long that is', async () => {
    const clock = new VirtualClock();
    const { server, session } = await start(echo, { clock, keepaliveMs: 1_000 });
    const seen = call(session);
    seen.stream.write(framed('one'));
    await until('the answer', () => seen.text === 'one');
    const drained = server.drain();
    await until('the client is told', () => session.closed);
    await clock.advance(10_000);
    seen.stream.end(framed('two'));
    await drained;
    await until('the call is over', () => seen.closed);
    expect(seen).toMatchObject({ text: 'onetwo', trailers: { 'grpc-status': '0' } });
  });

  it('closes connections beyond those that it may have', async () => {
    const { port, session } = await start(echo, { maxConnections: 1 });
    const seen = call(session);
    seen.stream.write(framed('one'));
    await until('the first is served', () => seen.text === 'one');
    const second = connectTcp(port, '127.0.0.1');
    await new Promise((resolve) => second.once('close', resolve).once('error', () => {}));
    expect(session.destroyed).toBe(false);
    session.destroy();
    let isServed = false;
    while (!isServed) {
      const next = connect(`http://127.0.0.1:${port}`);
      open.unshift(() => next.destroy());
      next.on('error', () => {});
      const seen = call(next);
      seen.stream.end(framed('next'));
      await until('it is served or closed', () => seen.closed);
      isServed = seen.text === 'next';
    }
  });

  it('cuts a connection whose client does not answer', async () => {
    const { port } = await start(echo, { keepaliveMs: 50 });
    const client = connectTcp(port, '127.0.0.1');
    // The preface of HTTP/2 and empty settings; then silence.
    client.write(
      Buffer.concat([
        Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
        Buffer.from('000000040000000000', 'hex'),
      ]),
    );
    client.on('error', () => {}).resume();
    await new Promise((resolve) => client.once('close', resolve));
  });

  it('ends a call whose client does not read, and says so to who serves it', async () => {
    const clock = new VirtualClock();
    const told: string[] = [];
    const serve = (each: ServerCall): void => {
      const nothing = (): void => {};
      each.listen({
        message: nothing,
        unreadable: nothing,
        halfClose: nothing,
        close: () => told.push('close'),
      });
      each.write(framed('x'.repeat(1_000)), () => told.push('written'));
      each.end();
    };
    const { port } = await listen(serve, { clock, keepaliveMs: 1e9 });
    const session = connect(`http://127.0.0.1:${port}`, { settings: { initialWindowSize: 0 } });
    open.unshift(() => session.destroy());
    const seen = call(session);
    await until('the headers are there', () => ':status' in seen.headers);
    await clock.advance(9_999);
    expect(told).toEqual([]);
    await clock.advance(1);
    await until('it is over', () => seen.closed);
    expect(seen.stream.rstCode).toBe(constants.NGHTTP2_CANCEL);
    await until('the server knows', () => told.length > 0);
    expect(told).toEqual(['close']);
    expect(clock.pending).toBe(1);
  });

  it('cuts off a connection that has not begun its handshake', async () => {
    const { server, socket } = await startHandshake();
    socket.resume();
    const drained = server.drain();
    server.cut();
    // Long before a handshake is given up for its time.
    await until('it is closed', () => socket.closed, 5_000);
    await drained;
  });

  it('sends a client away whose handshake ends while it drains', async () => {
    const { server, socket, ca } = await startHandshake();
    const drained = server.drain();
    const client = connectTls({ socket, ca, host: '127.0.0.1', ALPNProtocols: ['h2'] });
    client.on('error', () => {}).resume();
    await new Promise((resolve) => client.once('secureConnect', resolve));
    client.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    client.write(Buffer.from('000000040000000000', 'hex'));
    await drained;
  });

  it('lets a call send its client to another connection, and serves what is open on this one', async () => {
    const { session } = await start((each) => {
      echo(each);
      each.drainConnection();
    });
    const seen = call(session);
    await until('the client is told', () => session.closed);
    seen.stream.end(framed('one'));
    await until('the call is over', () => seen.closed);
    expect(seen).toMatchObject({ text: 'one', trailers: { 'grpc-status': '0' } });
    await until('the connection is closed', () => session.destroyed);
  });

  it('serves others while one opens and resets streams as fast as it can', async () => {
    let calls = 0;
    let over = 0;
    const { port, session } = await start((each) => {
      calls += 1;
      each.listen({
        message: (bytes) => each.write(framed(bytes.toString()), () => {}),
        unreadable: () => {},
        halfClose: () => each.end(),
        close: () => {
          over += 1;
        },
      });
    });
    const bad = connect(`http://127.0.0.1:${port}`);
    open.unshift(() => bad.destroy());
    bad.on('error', () => {});
    for (let n = 0; n < 5_000 && !bad.closed && !bad.destroyed; n++) {
      call(bad).stream.close(constants.NGHTTP2_CANCEL);
      if (n % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    const good = call(session);
    good.stream.end(framed('good'));
    await until('the other is served', () => good.closed);
    expect(good.text).toBe('good');
    bad.destroy();
    await until('every call is over', () => over === calls);
  });
});
