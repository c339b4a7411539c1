import { createServer, type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createHealth, createProbeServer, type Health, type ProbeServer, ServerError } from '../src/index.js';
import { until } from './echo.js';

let probes: ProbeServer | undefined;
let health: Health | undefined;

afterEach(async () => {
  await probes?.close();
  health?.close();
});

interface Answer {
  readonly code: number | undefined;
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
}

/** Starts the probes of a server with one dependency, which is up as long as `up()`. */
async function start(up: () => boolean = () => true): Promise<number> {
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const db = { check: up, intervalMs: 100, failuresBeforeDown: 1 };
  health = createHealth({ checks: { db }, logger });
  probes = createProbeServer({ health, port: 0, host: '127.0.0.1' });
  return probes.start();
}

function ask(
  port: number,
  path: string,
  options: { method?: string; headers?: object } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { method = 'GET', headers = {} } = options;
    request({ host: '127.0.0.1', port, path, method, headers: { ...headers } }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('end', () => resolve({ code: response.statusCode, body, headers: response.headers }));
    })
      .on('error', reject)
      .end();
  });
}

describe('the probe server', () => {
  it('says whether the server is ready, and which dependency is not', async () => {
    let up = false;
    const port = await start(() => up);
    await until('the first check', () => health?.checks.db?.state === 'down');
    expect(await ask(port, '/readyz')).toMatchObject({ code: 503, body: 'not ready\ndb: down\n' });
    up = true;
    await until('a success', () => health?.ready === true);
    expect(await ask(port, '/readyz?verbose=1')).toMatchObject({ code: 200, body: 'ready\ndb: up\n' });
  });

  it('says that the process is alive whatever its dependencies are, and in a drain too', async () => {
    const port = await start(() => false);
    await until('the first check', () => health?.checks.db?.state === 'down');
    expect(await ask(port, '/livez')).toMatchObject({ code: 200, body: 'live\n' });
    health?.close();
    expect(await ask(port, '/livez')).toMatchObject({ code: 200 });
    expect(await ask(port, '/readyz')).toMatchObject({ code: 503 });
  });

  it('answers in JSON where it is accepted, without saying why a check fails', async () => {
    const port = await start(() => {
      throw new Error('password of admin is wrong');
    });
    await until('the first check', () => health?.checks.db?.state === 'down');
    health?.shutdown();
    const { code, body, headers } = await ask(port, '/readyz', { headers: { accept: 'application/json' } });
    expect([code, headers['content-type']]).toEqual([503, 'application/json']);
    expect(JSON.parse(body)).toEqual({
      ready: false,
      checks: { db: { state: 'down', failures: expect.any(Number) } },
    });
    expect(body).not.toContain('password');
  });

  it('has nothing else, and takes nothing else', async () => {
    const port = await start();
    expect(await ask(port, '/')).toMatchObject({ code: 404, body: 'accepted: /readyz, /livez\n' });
    expect(await ask(port, '/readyz', { method: 'POST' })).toMatchObject({ code: 405 });
    expect(await ask(port, '/livez', { method: 'HEAD' })).toMatchObject({ code: 200, body: '' });
    expect(await ask(port, '/livez', { headers: { 'x-long': 'x'.repeat(5000) } })).toMatchObject({
      code: 431,
    });
  });

  it('closes connections beyond a number that no kubelet needs', async () => {
    const port = await start();
    const sockets = Array.from({ length: 264 }, () => connect(port, '127.0.0.1').on('error', () => {}));
    const closed = (): number => sockets.filter((socket) => socket.closed).length;
    for (const socket of sockets) socket.resume();
    await until('eight closed connections', () => closed() === 8);
    for (const socket of sockets) socket.destroy();
    await until('all closed', () => closed() === sockets.length);
    // The server learns of their end a moment later.
    const again = (): Promise<Answer> => ask(port, '/livez').catch(again);
    expect(await again()).toMatchObject({ code: 200 });
  });

  it('says that its port is taken', async () => {
    const other = createServer();
    const port = await new Promise<number>((resolve) => {
      other.listen(0, '127.0.0.1', () => {
        const address = other.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
    health = createHealth();
    probes = createProbeServer({ health, port, host: '127.0.0.1' });
    await expect(probes.start()).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      message: expect.stringMatching(`^probe server: cannot listen on 127.0.0.1:${port}: .*EADDRINUSE`),
    });
    await probes.close();
    await new Promise((resolve) => other.close(resolve));
  });

  it.each<[string, object, string]>([
    ['no health', { port: 1 }, 'health: undefined is not accepted: what createHealth() returns'],
    ['no port', { health: createHealth() }, 'port: undefined is not accepted: a port, 0 to 65535'],
    [
      'an unknown option',
      { health: createHealth(), port: 1, path: '/' },
      'option: "path" is not accepted: health, port, host',
    ],
  ])('refuses %s', (_what, options, message) => {
    const given: unknown = options;
    expect(() => createProbeServer(given as Parameters<typeof createProbeServer>[0])).toThrow(
      new ServerError('OPTION_INVALID', message),
    );
  });
});
