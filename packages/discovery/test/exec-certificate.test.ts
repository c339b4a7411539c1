import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { loadAccess } from '../src/kubernetes/access/load-access.js';
import { createKubeClient } from '../src/kubernetes/client/create-client.js';
import { follow, slices } from './doubles/follow.js';
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

const GROUP = 'client.authentication.k8s.io';
const HOUR_MS = 3_600_000;
const START = '2030-01-01T00:00:00Z';
const CA = Buffer.from(fixture('tls/ca-a.crt')).toString('base64');

let dir: string;
const closers: (() => unknown)[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'fairlead-'));
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  rmSync(dir, { recursive: true });
});

const file = (name: string): string => join(dir, name);

/** What the plugin says from now on. */
function answer(certificate: string, more: object = {}, version = 'v1'): void {
  const pair = {
    clientCertificateData: fixture(`tls/${certificate}.crt`),
    clientKeyData: fixture(`tls/${certificate}.key`),
  };
  const credential = {
    apiVersion: `${GROUP}/${version}`,
    kind: 'ExecCredential',
    status: { ...pair, ...more },
  };
  writeFileSync(file('answer'), JSON.stringify(credential));
}

const runs = (): number => readFileSync(file('runs'), 'utf8').length;

/** The access of a user whose plugin prints the file `answer`, and the clock that it goes by. */
function execAccess(server: Pick<KubeServer, 'url'>, exec: object = {}, startedAt = START) {
  writeFileSync(file('runs'), '');
  writeFileSync(
    file('plugin'),
    `#!/bin/sh\nprintf x >> '${file('runs')}'\nprintf %s "$KUBERNETES_EXEC_INFO" > '${file('info')}'\ncat '${file('answer')}'\n`,
    { mode: 0o755 },
  );
  const user = {
    exec: { apiVersion: `${GROUP}/v1`, command: './plugin', interactiveMode: 'Never', ...exec },
  };
  writeFileSync(
    file('config'),
    JSON.stringify({
      clusters: [{ name: 'c', cluster: { server: server.url, 'certificate-authority-data': CA } }],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    }),
  );
  const clock = new VirtualClock(Date.parse(startedAt));
  return {
    access: loadAccess({ kubeconfig: file('config'), env: { PATH: process.env.PATH }, clock }),
    clock,
  };
}

/** A server that lets nobody in without a certificate of `ca-clients`. */
async function serve(): Promise<KubeServer> {
  const server = await startKubeServer(json({ metadata: { name: 'a' } }), {
    name: 'server-a',
    requestCert: true,
    rejectUnauthorized: true,
    ca: fixture('tls/ca-clients.crt'),
  });
  closers.push(() => server.close());
  return server;
}

function connect(server: KubeServer, exec: object = {}, startedAt = START) {
  const { access, clock } = execAccess(server, exec, startedAt);
  const client = createKubeClient(access);
  closers.push(() => client.close());
  return { client, clock, get: () => client.get(slices, 'a', { namespace: 'ns' }) };
}

const peers = ({ seen }: KubeServer) => seen.map(({ peer }) => peer);

describe('a client certificate of an exec plugin', () => {
  test.each(['v1', 'v1beta1'])('opens the door (%s)', async (version) => {
    const server = await serve();
    answer('client-first', {}, version);
    const { get } = connect(server, { apiVersion: `${GROUP}/${version}`, provideClusterInfo: true });
    expect(await get()).toMatchObject({ metadata: { name: 'a' } });
    expect(peers(server)).toEqual(['first']);
    expect(JSON.parse(readFileSync(file('info'), 'utf8'))).toEqual({
      apiVersion: `${GROUP}/${version}`,
      kind: 'ExecCredential',
      spec: {
        interactive: false,
        cluster: { server: server.url, 'certificate-authority-data': CA },
      },
    });
  });

  test('comes with a token, and both are sent', async () => {
    const server = await serve();
    answer('client-first', { token: 'also' });
    await connect(server).get();
    expect(server.seen[0]).toMatchObject({ peer: 'first', headers: { authorization: 'Bearer also' } });
  });

  test('is renewed when it expires: a running watch goes on, its next one brings the new certificate', async () => {
    const server = await serve();
    const open = new Set<{ end(): void; write(text: string): void }>();
    const slice = (name: string, resourceVersion: string) => ({
      metadata: { name, namespace: 'ns', resourceVersion },
    });
    server.reply = (response, request) => {
      if (request.query.watch === undefined) {
        json({ metadata: { resourceVersion: '1' }, items: [slice('a', '1')] })(response, request);
        return;
      }
      stream()(response, request);
      open.add(response);
    };
    answer('client-first', { expirationTimestamp: new Date(Date.parse(START) + HOUR_MS).toISOString() });
    const { access, clock } = execAccess(server);
    const following = follow(server, { access });
    closers.push(() => following.close());
    await vi.waitFor(() => expect(peers(server)).toEqual(['first', 'first']));

    answer('client-second');
    await clock.advance(2 * HOUR_MS);
    expect(await following.client.list(slices, { namespace: 'ns' })).toMatchObject({ items: [{}] });
    expect(peers(server)).toEqual(['first', 'first', 'second']);
    const [watch] = open;
    watch?.write(line('ADDED', slice('b', '2')));
    await vi.waitFor(() => expect([...following.held.keys()]).toEqual(['a', 'b']));
    expect(following.restarts).toEqual([]);

    watch?.end();
    await vi.waitFor(() => expect(open.size).toBe(2));
    expect(peers(server).at(-1)).toBe('second');
    expect(server.seen.at(-1)?.query).toMatchObject({ watch: 'true', resourceVersion: '2' });
    // Told of no trouble on the way.
    expect(following.states).toEqual([null]);
    expect(runs()).toBe(2);
  });

  test('is renewed after a 401, within the same call and over a new connection', async () => {
    const server = await serve();
    answer('client-first');
    const { get } = connect(server);
    await get();
    answer('client-second');
    server.reply = (response, request) =>
      (request.peer === 'second' ? json({ metadata: { name: 'b' } }) : failure(401, 'Unauthorized'))(
        response,
        request,
      );
    expect(await get()).toMatchObject({ metadata: { name: 'b' } });
    expect(peers(server)).toEqual(['first', 'first', 'second']);
    expect(server.accepted).toBe(2);
    expect(runs()).toBe(2);
    // The idle connection of the old one is not kept.
    await vi.waitFor(() => expect(server.open).toBe(1));
  });

  test('is asked for again when the server ends the handshake for want of one', async () => {
    const server = await serve();
    const { get } = connect(server);
    const token = { kind: 'ExecCredential', apiVersion: `${GROUP}/v1`, status: { token: 'only' } };
    writeFileSync(file('answer'), JSON.stringify(token));
    await expect(get()).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringMatching(/^TLS with the API server \S+ failed: .*certificate required/),
    });
    expect(runs()).toBe(2);
    answer('client-first');
    expect(await get()).toMatchObject({ metadata: { name: 'a' } });
    expect(peers(server)).toEqual(['first']);
  });

  test('ends by its own word when the plugin does not say when', async () => {
    const server = await serve();
    answer('client-expired');
    // It is good until 2021-01-01, and renewed a minute before.
    const { access, clock } = execAccess(server, {}, '2020-12-31T23:00:00Z');
    await access.credentials();
    await clock.advance(HOUR_MS - 60_001);
    await access.credentials();
    expect(runs()).toBe(1);
    answer('client-second');
    await clock.advance(1);
    expect(await access.credentials()).toMatchObject({ cert: fixture('tls/client-second.crt') });
    expect(runs()).toBe(2);
  });

  test.each([
    [
      'is no PEM',
      { clientCertificateData: 'x', clientKeyData: 'y' },
      'gave a certificate or a key that is no PEM',
    ],
    [
      'is of another key',
      { clientKeyData: fixture('tls/client-second.key') },
      'gave a certificate and a key that do not belong together',
    ],
  ])('that %s is named, without the key', async (_, status, problem) => {
    answer('client-first', status);
    const { access } = execAccess({ url: 'https://127.0.0.1:1' });
    const error: unknown = await access.credentials().catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'EXEC_PLUGIN',
      message: `exec plugin "${file('plugin')}" ${problem}`,
    });
    expect(error).not.toHaveProperty('cause');
  });
});

test.each([
  ['Always', /wants a terminal \(interactiveMode: Always\)/],
  ['Sometimes', /interactiveMode "Sometimes" is unknown; accepted: Never, IfAvailable, Always/],
])('interactiveMode %s is refused when the kubeconfig is read', (interactiveMode, problem) => {
  expect(() => execAccess({ url: 'https://127.0.0.1:1' }, { interactiveMode })).toThrow(problem);
});
