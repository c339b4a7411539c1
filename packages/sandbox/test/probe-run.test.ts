import { once } from 'node:events';
import { createServer as createHttp } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, createServer as createTcp, type Server } from 'node:net';
import { createHealth } from '@fairlead/server';
import { Server as GrpcServer, ServerCredentials } from '@grpc/grpc-js';
import { afterEach, expect, it } from 'vitest';
import { createCertificateAuthority } from '../src/api/pki/x509.js';
import type { Container, Probe } from '../src/node-agent/pod.js';
import { runProbe } from '../src/node-agent/probe-run.js';

const HOST = '127.0.0.1';
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function listen(server: Server): Promise<number> {
  server.listen(0, HOST);
  await once(server, 'listening');
  closers.push(() => new Promise((resolve) => server.close(resolve)));
  return (server.address() as AddressInfo).port;
}

const never = new AbortController().signal;

const run = (
  probe: Probe,
  { timeoutMs = 5000, container = { name: 'c' } as Container, signal = never } = {},
) =>
  runProbe(probe, {
    signal,
    podIP: HOST,
    container,
    timeoutMs,
    exec: async () => ({ ok: true, message: 'exec' }),
  });

/** A port on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createTcp();
  server.listen(0, HOST);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A server that accepts and never says a word. */
const silentPort = (): Promise<number> => {
  const server = createTcp((socket) => {
    socket.on('error', () => {});
    socket.resume();
  });
  return listen(server);
};

it('probes HTTP: path, headers, named port, and every status', async () => {
  const port = await listen(
    createHttp((request, response) => {
      const agent = request.headers['user-agent'];
      const right = request.headers['x-test'] === 'yes' && agent?.startsWith('kube-probe/');
      response.writeHead(right ? Number(request.url?.slice(1)) : 599).end();
    }),
  );
  const container = { name: 'c', ports: [{ name: 'web', containerPort: port }] };
  const get = (path: string, httpHeaders = [{ name: 'X-Test', value: 'yes' }]) =>
    run({ httpGet: { port: 'web', path, httpHeaders } }, { container });
  for (const status of ['200', '204']) expect(await get(`/${status}`)).toEqual({ ok: true });
  for (const status of ['302', '399']) expect((await get(`/${status}`)).ok).toBe(true);
  expect(await get('200')).toEqual({ ok: true });
  for (const status of ['400', '404', '503'])
    expect(await get(`/${status}`)).toEqual({
      ok: false,
      message: `HTTP probe failed with statuscode: ${status}`,
    });
  expect((await get('/200', [])).message).toBe('HTTP probe failed with statuscode: 599');
  expect((await run({ httpGet: { port: 'none' } }, { container })).message).toBe(
    "couldn't find port: none in container c",
  );
});

it('follows redirects to the same host, and takes one to another for a success with a warning', async () => {
  const port = await listen(
    createHttp((request, response) => {
      const to = request.url?.startsWith('/same/') ? Number(request.url.slice(6)) : 0;
      const location: Record<string, string> = {
        '/same': '/same/1',
        '/other': 'http://localhost:1/',
        '/error': '/missing',
      };
      const next = to > 0 && to < 5 ? `/same/${to + 1}` : location[request.url ?? ''];
      if (request.url === '/round') response.writeHead(302, { location: '/round' });
      else if (next) response.writeHead(307, { location: next });
      else response.writeHead(request.url === '/missing' ? 404 : 200);
      response.end('moved');
    }),
  );
  const get = (path: string) => run({ httpGet: { port, path } });
  expect(await get('/same')).toEqual({ ok: true });
  expect(await get('/other')).toEqual({
    ok: true,
    warning: 'Probe terminated redirects, Response body: moved',
  });
  expect(await get('/error')).toEqual({ ok: false, message: 'HTTP probe failed with statuscode: 404' });
  expect((await get('/round')).message).toBe(
    `Get "http://${HOST}:${port}/round": stopped after 10 redirects`,
  );
});

it('sends the headers that a probe asks for, one of them twice', async () => {
  let seen: string[] = [];
  const port = await listen(
    createHttp((request, response) => {
      seen = request.rawHeaders;
      response.end();
    }),
  );
  const httpHeaders = [
    { name: 'X-Twice', value: 'a' },
    { name: 'x-twice', value: 'b' },
    { name: 'Accept', value: '' },
    { name: 'Host', value: 'example.com' },
  ];
  expect(await run({ httpGet: { port, httpHeaders } })).toEqual({ ok: true });
  const names = seen.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
  expect(names.filter((name) => name === 'x-twice')).toHaveLength(2);
  expect(names).not.toContain('accept');
  expect(seen).toContain('example.com');
});

it('probes HTTPS without verifying the certificate', async () => {
  const { certificatePem: cert, keyPem: key } = createCertificateAuthority().issue({
    commonName: 'elsewhere',
    usage: 'server',
  });
  const port = await listen(createHttps({ cert, key }, (_request, response) => response.end('ok')));
  expect(await run({ httpGet: { port, scheme: 'HTTPS' } })).toEqual({ ok: true });
  expect((await run({ httpGet: { port } })).ok).toBe(false);
});

it('probes TCP', async () => {
  const port = await silentPort();
  expect(await run({ tcpSocket: { port } })).toEqual({ ok: true });
});

it('says connection refused for every kind', async () => {
  const port = await closedPort();
  const refused = `dial tcp ${HOST}:${port}: connect: connection refused`;
  expect(await run({ tcpSocket: { port } })).toEqual({ ok: false, message: refused });
  expect(await run({ httpGet: { port, path: '/x' } })).toEqual({
    ok: false,
    message: `Get "http://${HOST}:${port}/x": ${refused}`,
  });
  expect(await run({ grpc: { port } })).toEqual({ ok: false, message: `error: ${refused}` });
});

it('gives up a server that does not answer', async () => {
  const port = await silentPort();
  const http = await run({ httpGet: { port } }, { timeoutMs: 50 });
  expect(http.message).toContain('context deadline exceeded');
  const grpc = await run({ grpc: { port } }, { timeoutMs: 50 });
  expect(grpc.message).toBe(
    `timeout: failed to connect service "${HOST}:${port}" within 0.05s: context deadline exceeded`,
  );
});

it('ends an attempt with the container', async () => {
  const port = await silentPort();
  for (const probe of [{ httpGet: { port } }, { grpc: { port } }]) {
    const over = new AbortController();
    const result = run(probe, { signal: over.signal, timeoutMs: 60_000 });
    over.abort();
    expect(await result).toEqual({ ok: false, message: 'the container has ended' });
  }
});

it('probes gRPC: serving, not serving, a service of its own, unknown, no health service', async () => {
  const start = async (server: GrpcServer): Promise<number> => {
    const bind = new Promise<number>((resolve, reject) =>
      server.bindAsync(`${HOST}:0`, ServerCredentials.createInsecure(), (error, port) =>
        error ? reject(error) : resolve(port),
      ),
    );
    closers.push(() => server.forceShutdown());
    return bind;
  };
  const health = createHealth();
  const server = new GrpcServer();
  server.addService(health.definition, health.implementation);
  const port = await start(server);
  expect(await run({ grpc: { port } })).toEqual({ ok: true });
  health.setStatus('a.B', 'NOT_SERVING');
  expect(await run({ grpc: { port, service: 'a.B' } })).toEqual({
    ok: false,
    message: 'service unhealthy (responded with "NOT_SERVING")',
  });
  expect((await run({ grpc: { port, service: 'none' } })).message).toContain('rpc error: code = 5');
  const bare = await start(new GrpcServer());
  expect((await run({ grpc: { port: bare } })).message).toContain(
    'does not implement the grpc health protocol',
  );
});

it('says that a probe does nothing', async () => {
  expect(await run({})).toEqual({
    ok: false,
    errored: true,
    message: 'missing probe handler: accepted are exec, grpc, httpGet, tcpSocket',
  });
  expect(await run({ exec: { command: ['true'] } })).toEqual({ ok: true, message: 'exec' });
});
