import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { loadAccess } from '../src/kubernetes/access/load-access.js';
import type { KubeClient } from '../src/kubernetes/client/client.js';
import { createKubeClient } from '../src/kubernetes/client/create-client.js';
import {
  failure,
  fixture,
  json,
  type KubeServer,
  line,
  startKubeServer,
  stream,
} from './doubles/kube-server.js';
import { VirtualClock } from './doubles/virtual-clock.js';

const pods = { group: '', version: 'v1', resource: 'pods' };
const echo = json({ kind: 'Pod', metadata: { name: 'a' } });

let dir: string;
const closers: (() => unknown)[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'fairlead-'));
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  rmSync(dir, { recursive: true });
});

const path = (name: string): string => join(dir, name);
/** Puts a certificate or key of the fixtures where the kubeconfig names a file. */
const install = (name: string, as: string): void =>
  copyFileSync(new URL(`fixtures/tls/${name}`, import.meta.url), path(as));

async function serve(name: string, more: object = {}): Promise<KubeServer> {
  const server = await startKubeServer(echo, { name, ...more });
  closers.push(() => server.close());
  return server;
}

/** A client by a kubeconfig, and the clock that its caches of files go by. */
function connect(
  server: KubeServer,
  cluster: object,
  user: object = {},
): { client: KubeClient; clock: VirtualClock } {
  const kubeconfig = path('config');
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      clusters: [{ name: 'c', cluster: { server: server.url, ...cluster } }],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    }),
  );
  const clock = new VirtualClock();
  const client = createKubeClient(loadAccess({ kubeconfig, env: {}, clock }));
  closers.push(() => client.close());
  return { client, clock };
}

const ok = { metadata: { name: 'a' } };
const tlsTrouble = expect.objectContaining({
  code: 'UNREACHABLE',
  message: expect.stringMatching(/^TLS with the API server https:\/\/127\.0\.0\.1:\d+ failed: /),
});

describe('the server’s certificate', () => {
  test('of the given authority is accepted', async () => {
    const { client } = connect(await serve('server-a'), {
      'certificate-authority-data': Buffer.from(fixture('tls/ca-a.crt')).toString('base64'),
    });
    expect(await client.get(pods, 'a')).toMatchObject(ok);
  });

  test('of another authority, or of none that is known, is refused', async () => {
    install('ca-b.crt', 'ca.crt');
    const server = await serve('server-a');
    await expect(
      connect(server, { 'certificate-authority': 'ca.crt' }).client.get(pods, 'a'),
    ).rejects.toEqual(tlsTrouble);
    await expect(connect(server, {}).client.get(pods, 'a')).rejects.toEqual(tlsTrouble);
  });

  test('of another name is refused, unless tls-server-name says so', async () => {
    install('ca-a.crt', 'ca.crt');
    const server = await serve('server-named');
    const cluster = { 'certificate-authority': 'ca.crt' };
    await expect(connect(server, cluster).client.get(pods, 'a')).rejects.toEqual(tlsTrouble);
    const named = connect(server, { ...cluster, 'tls-server-name': 'kubernetes' });
    expect(await named.client.get(pods, 'a')).toMatchObject(ok);
  });

  test('is not looked at with insecure-skip-tls-verify', async () => {
    const { client } = connect(await serve('server-b'), { 'insecure-skip-tls-verify': true });
    expect(await client.get(pods, 'a')).toMatchObject(ok);
  });
});

test('a new CA file is taken up, and a running watch goes on', async () => {
  install('ca-a.crt', 'ca.crt');
  const server = await serve('server-a');
  const { client, clock } = connect(server, { 'certificate-authority': 'ca.crt' });
  server.reply = stream(line('ADDED', ok));
  const events = (await client.watch(pods))[Symbol.asyncIterator]();
  expect((await events.next()).value).toMatchObject({ type: 'ADDED' });
  server.reply = echo;
  expect(await client.get(pods, 'a')).toMatchObject(ok);

  server.setCertificate('server-b');
  await vi.waitFor(() => expect(server.open).toBe(2));
  install('ca-b.crt', 'ca.crt');
  await clock.advance(1000);
  expect(await client.get(pods, 'a')).toMatchObject(ok);
  expect(server.accepted).toBe(3);
  // The idle connection of the old authority is closed; the watch and the new connection stay.
  await vi.waitFor(() => expect(server.open).toBe(2));
});

test('a token file that was replaced is read again after a 401, within the same call', async () => {
  install('ca-a.crt', 'ca.crt');
  const server = await serve('server-a');
  writeFileSync(path('token'), 'one\n');
  const { client } = connect(server, { 'certificate-authority': 'ca.crt' }, { tokenFile: 'token' });
  await client.get(pods, 'a');
  writeFileSync(path('token'), 'two\n');
  server.reply = (response, request) =>
    (request.headers.authorization === 'Bearer two' ? echo : failure(401, 'Unauthorized'))(response, request);
  expect(await client.get(pods, 'a')).toMatchObject(ok);
  expect(server.seen.map(({ headers }) => headers.authorization)).toEqual([
    'Bearer one',
    'Bearer one',
    'Bearer two',
  ]);
});

describe('a client certificate', () => {
  const mutual = { requestCert: true, rejectUnauthorized: false, ca: fixture('tls/ca-a.crt') };

  test('is sent', async () => {
    for (const name of ['client-a.crt', 'client-a.key', 'ca-a.crt']) install(name, name);
    const server = await serve('server-a', mutual);
    const user = { 'client-certificate': 'client-a.crt', 'client-key': 'client-a.key' };
    await connect(server, { 'certificate-authority': 'ca-a.crt' }, user).client.get(pods, 'a');
    expect(server.seen[0]?.peer).toBe('alice');
  });

  test('is taken up when its files change', async () => {
    install('ca-a.crt', 'ca.crt');
    install('server-a.crt', 'tls.crt');
    install('server-a.key', 'tls.key');
    const server = await serve('server-a', mutual);
    const user = { 'client-certificate': 'tls.crt', 'client-key': 'tls.key' };
    const { client, clock } = connect(server, { 'certificate-authority': 'ca.crt' }, user);
    await client.get(pods, 'a');
    install('client-a.crt', 'tls.crt');
    install('client-a.key', 'tls.key');
    await clock.advance(1000);
    await client.get(pods, 'a');
    await client.get(pods, 'a');
    expect(server.seen.map(({ peer }) => peer)).toEqual(['server a', 'alice', 'alice']);
    expect(server.accepted).toBe(2);
  });

  test('that does not fit its key is one error, not a crash', async () => {
    install('ca-a.crt', 'ca.crt');
    install('client-a.crt', 'tls.crt');
    install('server-a.key', 'tls.key');
    const server = await serve('server-a', mutual);
    const user = { 'client-certificate': 'tls.crt', 'client-key': 'tls.key' };
    const { client } = connect(server, { 'certificate-authority': 'ca.crt' }, user);
    await expect(client.get(pods, 'a')).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });
});
