import { createServer } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { ClusterAccess } from '../src/kubernetes/access/access.js';
import type { KubeClient, KubeObject } from '../src/kubernetes/client/client.js';
import { createKubeClient, type KubeClientOptions } from '../src/kubernetes/client/create-client.js';
import { failureOf } from '../src/kubernetes/reflector/failure.js';
import {
  accessTo,
  failure,
  fixture,
  json,
  type KubeServer,
  type Reply,
  startKubeServer,
} from './doubles/kube-server.js';

const pods = { group: '', version: 'v1', resource: 'pods' };
const deployments = { group: 'apps', version: 'v1', resource: 'deployments' };

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Setup {
  readonly server: KubeServer;
  readonly client: KubeClient;
}

async function setup(
  reply: Reply,
  options: KubeClientOptions = {},
  access: (server: KubeServer) => Partial<ClusterAccess> = () => ({}),
): Promise<Setup> {
  const server = await startKubeServer(reply);
  closers.push(() => server.close());
  const client = createKubeClient(accessTo(server, access(server)), options);
  closers.push(() => client.close());
  return { server, client };
}

const echo: Reply = json({ kind: 'Pod', metadata: { name: 'a' } });

describe('requests', () => {
  const object: KubeObject = { metadata: { name: 'a', namespace: 'ns' }, spec: 'ä' };
  const table: [string, (client: KubeClient) => Promise<unknown>, object][] = [
    [
      'get',
      (c) => c.get(pods, 'a', { namespace: 'ns' }),
      { method: 'GET', path: '/api/v1/namespaces/ns/pods/a' },
    ],
    [
      'get of a cluster-scoped object',
      (c) => c.get({ ...pods, resource: 'nodes' }, 'n'),
      { path: '/api/v1/nodes/n' },
    ],
    [
      'create',
      (c) => c.create(pods, object),
      {
        method: 'POST',
        path: '/api/v1/namespaces/ns/pods',
        body: JSON.stringify(object),
        type: 'application/json',
      },
    ],
    [
      'create of a binding',
      (c) => c.create(pods, { metadata: {} }, { namespace: 'ns', name: 'a', subresource: 'binding' }),
      { method: 'POST', path: '/api/v1/namespaces/ns/pods/a/binding' },
    ],
    [
      'update of a status',
      (c) => c.update(deployments, object, { subresource: 'status' }),
      { method: 'PUT', path: '/apis/apps/v1/namespaces/ns/deployments/a/status' },
    ],
    [
      'merge patch',
      (c) => c.patch(pods, 'a', { x: null }, { namespace: 'ns' }),
      { method: 'PATCH', body: '{"x":null}', type: 'application/merge-patch+json' },
    ],
    [
      'strategic patch',
      (c) => c.patch(pods, 'a', {}, { namespace: 'ns', kind: 'strategic' }),
      { type: 'application/strategic-merge-patch+json' },
    ],
    [
      'JSON patch',
      (c) => c.patch(pods, 'a', [], { namespace: 'ns', kind: 'json', query: { dryRun: 'All' } }),
      { body: '[]', type: 'application/json-patch+json', query: { dryRun: 'All' } },
    ],
    [
      'delete',
      (c) => c.delete(pods, 'a', { namespace: 'ns' }),
      { method: 'DELETE', path: '/api/v1/namespaces/ns/pods/a', body: '' },
    ],
    [
      'delete with options',
      (c) => c.delete(pods, 'a', { namespace: 'ns', body: { gracePeriodSeconds: 0 } }),
      { method: 'DELETE', body: '{"gracePeriodSeconds":0}' },
    ],
  ];
  test.each(table)('%s', async (_, call, expected) => {
    const { server, client } = await setup(echo);
    expect(await call(client)).toMatchObject({ metadata: { name: 'a' } });
    const [seen] = server.seen;
    expect({ ...seen, type: seen?.headers['content-type'] }).toMatchObject(expected);
  });

  test('say who asks and what is wanted', async () => {
    const { server, client } = await setup(echo, {}, () => ({ credentials: async () => ({ token: 't' }) }));
    await client.get(pods, 'a');
    expect(server.seen[0]?.headers).toMatchObject({
      accept: 'application/json',
      'accept-encoding': 'gzip',
      authorization: 'Bearer t',
      'user-agent': expect.stringMatching(/^fairlead\/\d/),
    });
  });

  test('go below the path of the server', async () => {
    const { server, client } = await setup(echo, {}, ({ url }) => ({ server: `${url}/clusters/one` }));
    await client.get(pods, 'a');
    expect(server.seen[0]?.path).toBe('/clusters/one/api/v1/pods/a');
  });

  test('send a password to loopback', async () => {
    const basic = { username: 'a', password: 'ö' };
    const { server, client } = await setup(echo, {}, () => ({ credentials: async () => ({ basic }) }));
    await client.get(pods, 'a');
    expect(server.seen[0]?.headers.authorization).toBe(`Basic ${Buffer.from('a:ö').toString('base64')}`);
  });

  test('send no secret over plain http beyond loopback, and say so once', async () => {
    const warn = vi.fn();
    const logger = { debug: vi.fn(), info: vi.fn(), error: vi.fn(), warn };
    // Linux takes 0.0.0.0 for this machine; the client must not.
    const { server, client } = await setup(echo, { logger }, ({ port }) => ({
      server: `http://0.0.0.0:${port}`,
      credentials: async () => ({ token: 's3cret' }),
    }));
    await client.get(pods, 'a');
    await client.get(pods, 'a');
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined]);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(JSON.stringify(warn.mock.calls)).not.toContain('s3cret');
  });

  test('do not send a token that no header can carry, nor show it', async () => {
    const credentials = async () => ({ token: 's3cret\ntwo' });
    const { server, client } = await setup(echo, {}, () => ({ credentials }));
    await expect(client.get(pods, 'a')).rejects.toMatchObject({
      code: 'ACCESS_INVALID',
      message: 'the token holds characters that no header can carry: the test',
    });
    expect(server.accepted).toBe(0);
  });

  test('use one connection one after the other', async () => {
    const { server, client } = await setup(echo);
    for (let i = 0; i < 10; i += 1) await client.get(pods, 'a');
    expect(server.accepted).toBe(1);
  });

  test.each([
    ['get', 2],
    ['create', 1],
  ] as const)('%s on a kept connection that the server drops is sent %i times', async (verb, times) => {
    const { server, client } = await setup(echo);
    await client.get(pods, 'a');
    const dropped = server.seen[0]?.socket;
    server.reply = (response, request) =>
      request.socket === dropped ? void request.socket.resetAndDestroy() : echo(response, request);
    const call = verb === 'get' ? client.get(pods, 'a') : client.create(pods, { metadata: {} });
    if (times === 1) await expect(call).rejects.toMatchObject({ code: 'UNREACHABLE' });
    else await expect(call).resolves.toMatchObject({ metadata: { name: 'a' } });
    expect(server.seen).toHaveLength(1 + times);
  });

  test('without a name are refused before anything is sent', async () => {
    const { server, client } = await setup(echo);
    await expect(client.update(pods, { metadata: {} })).rejects.toThrow(
      'update: the object has no metadata.name',
    );
    await expect(client.list(pods, { namespace: '..' })).rejects.toThrow(
      'namespace ".." cannot stand in a path',
    );
    expect(server.accepted).toBe(0);
  });
});

describe('answers that are not 2xx', () => {
  test('carry the Status', async () => {
    const { client } = await setup(failure(409, 'Conflict', { details: { name: 'a', kind: 'pods' } }));
    await expect(client.get(pods, 'a')).rejects.toMatchObject({
      name: 'KubeError',
      status: 409,
      reason: 'Conflict',
      message: 'Conflict of the test',
      details: { name: 'a', kind: 'pods' },
    });
  });

  test.each(['list-401', 'list-403', 'list-anonymous'])('of a real API server: %s', async (name) => {
    const [head = '', body = ''] = fixture(`answers/${name}.http`).split(/\r?\n\r?\n/);
    const code = Number(head.split(' ')[1]);
    const { client } = await setup((response) => response.writeHead(code).end(body));
    await expect(client.list(pods)).rejects.toMatchObject({ status: code, reason: JSON.parse(body).reason });
  });

  test('of a proxy have no Status', async () => {
    const { client } = await setup((response) => {
      response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>s3cret</h1>');
    });
    await expect(client.get(pods, 'a')).rejects.toMatchObject({
      status: 502,
      reason: '',
      message: '502 Bad Gateway',
    });
  });

  test('may say how long to wait', async () => {
    const { client } = await setup(failure(429, 'TooManyRequests', { headers: { 'retry-after': '3' } }));
    await expect(client.list(pods)).rejects.toMatchObject({ status: 429, retryAfterMs: 3000 });
  });

  test('are not followed when they redirect', async () => {
    const { client } = await setup((response) => response.writeHead(307, { location: '/x' }).end());
    await expect(client.get(pods, 'a')).rejects.toMatchObject({ status: 307 });
  });

  test('of 401 make the credentials anew, once', async () => {
    let token = 'old';
    const credentials = async () => ({ token });
    const invalidate = () => {
      token = 'new';
    };
    const { server, client } = await setup(
      (response, request) =>
        (request.headers.authorization === 'Bearer new' ? echo : failure(401, 'Unauthorized'))(
          response,
          request,
        ),
      {},
      () => ({ credentials, invalidate }),
    );
    await expect(client.get(pods, 'a')).resolves.toMatchObject({ metadata: { name: 'a' } });
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer old', 'Bearer new']);
  });

  test('of 401 twice are an error', async () => {
    const { server, client } = await setup(failure(401, 'Unauthorized'));
    await expect(client.get(pods, 'a')).rejects.toMatchObject({ status: 401, reason: 'Unauthorized' });
    expect(server.seen).toHaveLength(2);
  });
});

describe('trouble below HTTP', () => {
  test('a refused connection', async () => {
    const { server, client } = await setup(echo);
    await server.close();
    await expect(client.get(pods, 'a')).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: `no connection to the API server ${server.url}: connect ECONNREFUSED 127.0.0.1:${server.port}`,
    });
  });

  test('a refused connection at a name of several addresses is one that did not come about, too', async () => {
    const { server } = await setup(echo);
    await server.close();
    for (const host of ['127.0.0.1', 'localhost']) {
      const client = createKubeClient(accessTo({ url: `http://${host}:${server.port}` }));
      closers.push(() => client.close());
      const error = await client.get(pods, 'a').catch((each: unknown) => each);
      expect(failureOf(error)).toBe('unconnected');
    }
  });

  test('a name that does not exist', async () => {
    const client = createKubeClient(accessTo({ url: 'https://no-such-host.invalid' }));
    closers.push(() => client.close());
    await expect(client.get(pods, 'a')).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });

  test('a server that speaks something else', async () => {
    const server = createServer((socket) =>
      socket
        .on('error', () => {})
        .resume()
        .end('SSH-2.0-OpenSSH\r\n'),
    );
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    closers.push(() => new Promise((resolve) => void server.close(resolve)));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const client = createKubeClient(accessTo({ url: `http://127.0.0.1:${port}` }));
    closers.push(() => client.close());
    await expect(client.get(pods, 'a')).rejects.toMatchObject({
      code: 'PROTOCOL',
      message: expect.stringContaining('does not speak HTTP'),
    });
  });

  test('a server that switches to another protocol', async () => {
    const { client } = await setup((_, { socket }) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: other\r\n\r\n');
    });
    await expect(client.get(pods, 'a')).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining('the connection was closed without an answer'),
    });
  });

  test('a reset in the middle of the body', async () => {
    const { client } = await setup((response, { socket }) => {
      response.writeHead(200).write('{"metadata":', () => socket.resetAndDestroy());
    });
    await expect(client.get(pods, 'a')).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });

  test('no headers in time', async () => {
    const { server, client } = await setup(() => {}, { timeoutMs: 50 });
    await expect(client.get(pods, 'a')).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: `no connection to the API server ${server.url}: no answer for 50 ms`,
    });
    await vi.waitFor(() => expect(server.open).toBe(0));
  });

  test('a body that stops', async () => {
    const { server, client } = await setup((response) => void response.writeHead(200).write('{'), {
      timeoutMs: 50,
    });
    await expect(client.get(pods, 'a')).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining('no byte for 50 ms'),
    });
    await vi.waitFor(() => expect(server.open).toBe(0));
  });

  test('a body that drips for ever', async () => {
    const drip: Reply = (response) => {
      const timer = setInterval(() => response.write(' '), 5);
      response.on('close', () => clearInterval(timer));
    };
    const { client } = await setup(drip, { timeoutMs: 100 });
    await expect(client.get(pods, 'a')).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining('the answer is not complete after 1000 ms'),
    });
  });

  test('a body over the limit', async () => {
    const { client } = await setup(json({ metadata: { name: 'x'.repeat(2000) } }), { maxBodyBytes: 1000 });
    await expect(client.get(pods, 'a')).rejects.toMatchObject({
      code: 'PROTOCOL',
      message: 'the answer is longer than 1000 bytes',
    });
  });

  test.each([
    ['cut JSON', '{"metadata":{"na'],
    ['HTML', '<html>'],
    ['nothing', ''],
    ['a number', '7'],
  ])('%s where an object should be', async (_, body) => {
    const { client } = await setup((response) => void response.writeHead(200).end(body));
    await expect(client.get(pods, 'a')).rejects.toMatchObject({ code: 'PROTOCOL' });
  });

  test.each([
    ['items that are no list', { items: 7 }],
    ['items that are no objects', { items: [7] }],
    ['an object of another service', { message: 'please log in' }],
    ['a list', []],
  ])('%s where a list should be', async (_, body) => {
    const { client } = await setup(json(body));
    await expect(client.list(pods)).rejects.toMatchObject({ code: 'PROTOCOL' });
  });

  test('null items are none', async () => {
    const { client } = await setup(json({ metadata: { resourceVersion: '3' }, items: null }));
    expect(await client.list(pods)).toEqual({ metadata: { resourceVersion: '3' }, items: [] });
  });
});

describe('ending a request', () => {
  const hanging: Reply = () => {};

  test('a signal ends it at once, with its reason', async () => {
    const { server, client } = await setup(hanging);
    const abort = new AbortController();
    const call = client.get(pods, 'a', { signal: abort.signal });
    await vi.waitFor(() => expect(server.seen).toHaveLength(1));
    abort.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
    await vi.waitFor(() => expect(server.open).toBe(0));
  });

  test('a signal ends it in the middle of the body', async () => {
    const { server, client } = await setup((response) => void response.writeHead(200).write('{'));
    const abort = new AbortController();
    const call = client.get(pods, 'a', { signal: abort.signal });
    await vi.waitFor(() => expect(server.seen).toHaveLength(1));
    await turn();
    abort.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
    await vi.waitFor(() => expect(server.open).toBe(0));
  });

  test('a signal that was aborted before sends nothing', async () => {
    const { server, client } = await setup(hanging);
    await expect(client.get(pods, 'a', { signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow(
      'before',
    );
    expect(server.accepted).toBe(0);
  });

  test('close() ends what runs and what comes after, and may be called twice', async () => {
    const { server, client } = await setup(echo);
    await client.get(pods, 'a');
    server.reply = hanging;
    const call = client.get(pods, 'a');
    await vi.waitFor(() => expect(server.seen).toHaveLength(2));
    client.close();
    client.close();
    await expect(call).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(client.get(pods, 'a')).rejects.toMatchObject({ code: 'CLOSED' });
    await vi.waitFor(() => expect(server.open).toBe(0));
  });
});
