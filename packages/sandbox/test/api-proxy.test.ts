import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type ApiRig, pod, startApi } from './api-rig.js';

let rig: ApiRig;
let server: Server;
let asked: IncomingMessage[];
let answer: (request: IncomingMessage, response: ServerResponse) => unknown;

beforeAll(async () => {
  rig = await startApi();
  server = createServer((request, response) => {
    asked.push(request);
    void answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const containers = [{ name: 'c', image: 'i', ports: [{ containerPort: port }] }];
  for (const name of ['web', 'dead', 'waits']) {
    const made = rig.store.create(
      'pods',
      pod(name, { containers: name === 'web' ? containers : [{ name: 'c', image: 'i' }] }),
    );
    if (name === 'waits') continue;
    rig.store.update('pods', { ...made, status: { podIP: '127.0.0.1' } }, { subresource: 'status' });
  }
  for (const name of ['web', 'empty']) {
    rig.store.create('services', {
      ...{ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'default' } },
      spec: {
        clusterIP: 'None',
        ports: [
          { name: 'http', port: 80 },
          { name: 'tcp', port: 81 },
        ],
      },
    });
  }
  rig.store.create('endpointslices', {
    ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', addressType: 'IPv4' },
    metadata: { name: 'web', namespace: 'default', labels: { 'kubernetes.io/service-name': 'web' } },
    endpoints: [
      { addresses: ['127.0.0.1'], conditions: { ready: true } },
      { addresses: ['127.0.0.2'], conditions: { ready: false } },
    ],
    ports: [{ name: 'http', port, protocol: 'TCP' }],
  });
});
afterAll(async () => {
  await rig.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(() => {
  asked = [];
  answer = (_request, response) => void response.end('hello');
});

const path = (rest: string): string => `/api/v1/namespaces/default/${rest}`;

it.each([
  ['services/web:80/proxy/a/b?c=d', '/a/b?c=d'],
  ['services/http:web:http/proxy', '/'],
  ['pods/web/proxy/proxy/x', '/proxy/x'],
  ['pods/web/proxy/a%2Fb', '/a%2Fb'],
])('passes %s on', async (name, url) => {
  expect(await rig.call('GET', path(name))).toMatchObject({ status: 200, text: 'hello' });
  expect(asked.map((request) => request.url)).toEqual([url]);
});

it('passes method, body and headers on, but not who is asking, and passes the answer back', async () => {
  let body = '';
  answer = async (request, response) => {
    for await (const chunk of request) body += chunk;
    response.writeHead(418, { 'x-tea': 'yes', 'content-type': 'text/x', connection: 'close' }).end('short');
  };
  const headers = { 'x-mine': '1', 'content-type': 'text/y' };
  const reply = await rig.call('PUT', path('pods/web/proxy/pot'), { body: 'water', headers });
  expect([reply.status, reply.text, reply.headers['x-tea'], reply.headers['content-type']]).toEqual([
    ...[418, 'short', 'yes', 'text/x'],
  ]);
  expect([body, asked[0]?.method]).toEqual(['water', 'PUT']);
  expect(asked[0]?.headers).toMatchObject({ ...headers, 'x-forwarded-uri': path('pods/web/proxy/pot') });
  expect(asked[0]?.headers.authorization).toBe(undefined);
});

it('leaves the server when the client leaves', async () => {
  const left = new Promise<void>((resolve) => {
    answer = (_request, response) => {
      response.write('{"type":"1"}\n');
      response.once('close', resolve);
    };
  });
  const watching = await rig.watch(path('pods/web/proxy/'));
  await watching.until(1);
  watching.close();
  await left;
});

it.each([
  ['services/web/proxy/', 503, 'no endpoints available for service "web"'],
  ['services/web:82/proxy/', 503, 'no service port "82" found for service "web"'],
  ['services/web:tcp/proxy/', 503, 'no endpoints available for service "web"'],
  ['services/empty:80/proxy/', 503, 'no endpoints available for service "empty"'],
  ['services/ghost:80/proxy/', 404, 'services "ghost" not found'],
  ['services/ftp:web:80/proxy/', 400, 'invalid service request "ftp:web:80"'],
  ['pods/ghost/proxy/', 404, 'pods "ghost" not found'],
  ['pods/dead:1/proxy/', 503, 'error trying to reach service: connect ECONNREFUSED 127.0.0.1:1'],
  ['pods/web:http/proxy/', 400, 'invalid pod port "http": accepted is a number'],
  ['pods/waits/proxy/', 400, 'address not allowed'],
  ['configmaps/web/proxy/', 404, 'the server could not find the requested resource'],
  ['pods/web/log/more', 404, 'the server could not find the requested resource'],
])('refuses %s', async (name, code, message) => {
  const { status, json } = await rig.call('GET', path(name));
  expect([status, json.message]).toEqual([code, message]);
});

it('refuses upgrades', async () => {
  const headers = { connection: 'Upgrade', upgrade: 'websocket' };
  expect((await rig.call('GET', path('pods/web/proxy/'), { headers })).json).toMatchObject({
    code: 400,
    message: 'upgrade requests are not passed on by the proxy of this API server',
  });
});

it('asks RBAC for the subresource, by the name with its port', async () => {
  const token = rig.api.addUser({ username: 'nobody', groups: [] });
  expect((await rig.call('POST', path('services/web:80/proxy/'), { token })).json.message).toBe(
    'services "web:80" is forbidden: User "nobody" cannot create resource "services/proxy" in API group "" in the namespace "default"',
  );
});
