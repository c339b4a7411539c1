import type { IncomingMessage } from 'node:http';
import { createServer, request, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { type ApiRig, pod, startApi } from './api-rig.js';

let rig: ApiRig;
let agent: Server;
let onUpgrade: (request: IncomingMessage, socket: Socket) => void;
const open = new Set<Duplex>();

beforeAll(async () => {
  rig = await startApi();
  const { certificatePem, keyPem } = rig.ca.issue({
    commonName: 'system:node:n',
    addresses: ['127.0.0.1'],
    usage: 'server',
  });
  agent = createServer({
    cert: certificatePem,
    key: keyPem,
    ca: rig.ca.certificatePem,
    requestCert: true,
  });
  agent.on('upgrade', (asked, socket) => {
    open.add(socket);
    onUpgrade(asked, socket as Socket);
  });
  await new Promise<void>((resolve) => agent.listen(0, '127.0.0.1', resolve));
  for (const [name, port] of [
    ['n', (agent.address() as AddressInfo).port],
    ['dead', 1],
  ] as const) {
    rig.store.create('nodes', {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name },
      status: {
        addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
        daemonEndpoints: { kubeletEndpoint: { Port: port } },
      },
    });
  }
  rig.store.create('pods', pod('p', { nodeName: 'n' }));
  rig.store.create('pods', pod('dead', { nodeName: 'dead' }));
  rig.store.create('pods', pod('waiting'));
  for (const verb of ['get', 'create']) grant(verb);
});
afterAll(async () => {
  await rig.close();
  for (const socket of open) socket.destroy();
  agent.closeAllConnections();
  await new Promise((resolve) => agent.close(resolve));
});
beforeEach(() => {
  onUpgrade = (_request, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nfirst ');
    socket.pipe(socket);
  };
});

/** A user of that name who may do this one verb on `pods/exec`. */
function grant(verb: string): void {
  const rules = [{ apiGroups: [''], resources: ['pods/exec'], verbs: [verb] }];
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  rig.store.create('clusterroles', { apiVersion, kind: 'ClusterRole', metadata: { name: verb }, rules });
  rig.store.create('clusterrolebindings', {
    ...{ apiVersion, kind: 'ClusterRoleBinding', metadata: { name: verb } },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: verb },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: verb }],
  });
}

interface Upgrade {
  readonly status: number;
  readonly text: string;
  readonly socket?: Duplex;
}

/** Asks for an upgrade; `text` is a refusal. */
function upgrade(path: string, { method = 'GET', token = rig.token } = {}): Promise<Upgrade> {
  const headers = {
    ...{ authorization: `Bearer ${token}`, connection: 'Upgrade', upgrade: 'echo' },
    'x-stream-protocol-version': 'v4',
  };
  return new Promise((resolve, reject) => {
    const sent = request(`${rig.api.url}${path}`, {
      method,
      headers,
      ca: rig.ca.certificatePem,
      agent: false,
    });
    sent.on('error', reject);
    sent.on('upgrade', (answer, socket, head) => {
      open.add(socket);
      socket.unshift(head);
      resolve({ status: answer.statusCode ?? 0, text: '', socket });
    });
    sent.on('response', async (answer) => {
      let text = '';
      for await (const chunk of answer) text += chunk;
      resolve({ status: answer.statusCode ?? 0, text });
    });
    sent.end();
  });
}

const exec = (name: string, query: string) => `/api/v1/namespaces/default/pods/${name}/exec?${query}`;

it.each(['GET', 'POST'])('hands a connection to the agent of the pod’s node: %s', async (method) => {
  let asked: IncomingMessage | undefined;
  const echo = onUpgrade;
  onUpgrade = (request, socket) => {
    asked = request;
    echo(request, socket);
  };
  const query = 'command=sh&command=-c&command=a%20b&stdin=true&stdout=1&stderr=false&tty=true&other=1';
  const { status, socket } = await upgrade(exec('p', query), { method });
  expect(status).toBe(101);
  expect([asked?.method, asked?.url]).toEqual([
    method,
    '/exec/default/p/c?input=1&output=1&tty=1&command=sh&command=-c&command=a+b',
  ]);
  expect(asked?.headers).toMatchObject({ upgrade: 'echo', 'x-stream-protocol-version': 'v4' });
  expect(asked?.headers.authorization).toBe(undefined);
  const shown = asked?.socket as TLSSocket | undefined;
  expect(shown?.getPeerCertificate().subject.CN).toBe('kube-apiserver-kubelet-client');
  socket?.write('second');
  let text = '';
  socket?.on('data', (chunk) => {
    text += chunk;
  });
  await vi.waitFor(() => expect(text).toBe('first second'), { timeout: 10_000 });
  const closed = new Promise((resolve) => socket?.once('close', resolve));
  socket?.end();
  await closed;
});

it('leaves the agent when the client leaves, and the client when the agent does', async () => {
  const agentSide = new Promise<Socket>((resolve) => {
    const echo = onUpgrade;
    onUpgrade = (request, socket) => {
      echo(request, socket);
      resolve(socket);
    };
  });
  const closed = (socket: Duplex) => new Promise((resolve) => socket.once('close', resolve));
  const { socket } = await upgrade(exec('p', 'stdout=1'));
  const left = closed(await agentSide);
  socket?.on('error', () => {}).destroy();
  await left;
  onUpgrade = (_request, agentSocket) => {
    agentSocket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
    setImmediate(() => agentSocket.destroy());
  };
  const second = await upgrade(exec('p', 'stdout=1'));
  second.socket?.on('error', () => {}).resume();
  await closed(second.socket!);
});

it('passes on the refusal of the agent', async () => {
  onUpgrade = (_request, socket) =>
    void socket.end(
      'HTTP/1.1 500 Internal Server Error\r\ncontent-length: 3\r\nconnection: close\r\n\r\nno\n',
    );
  expect(await upgrade(exec('p', 'stdout=1'))).toEqual({ status: 500, text: 'no\n' });
});

it.each([
  ['ghost', '', 404, 'pods \\"ghost\\" not found'],
  ['p', 'container=z', 400, 'container z is not valid for pod p'],
  ['waiting', '', 400, 'pod waiting does not have a host assigned'],
  ['dead', '', 500, 'error dialing backend: https://127.0.0.1:1/exec/default/dead/c?: connect ECONNREFUSED'],
])('refuses an exec in %s?%s', async (name, query, code, message) => {
  const { status, text } = await upgrade(exec(name, query));
  expect([status, text]).toEqual([code, expect.stringContaining(message)]);
});

it('asks for an upgrade where there is none, and serves other paths in spite of one', async () => {
  expect((await rig.call('POST', exec('p', 'stdout=1'))).json).toMatchObject({
    code: 400,
    message: 'Upgrade request required',
  });
  const { status, text } = await upgrade('/api/v1/namespaces/default/pods/p');
  expect([status, JSON.parse(text).metadata.name]).toEqual([200, 'p']);
});

it.each([
  ['nobody', 'GET', 'cannot get resource \\"pods/exec\\"'],
  ['nobody', 'POST', 'cannot create resource \\"pods/exec\\"'],
  ['get', 'GET', 'cannot create resource \\"pods/exec\\"'],
  ['create', 'GET', 'cannot get resource \\"pods/exec\\"'],
])('lets %s not exec by %s', async (username, method, message) => {
  const token = rig.api.addUser({ username, groups: [] });
  const { status, text } = await upgrade(exec('p', 'stdout=1'), { method, token });
  expect([status, text]).toEqual([403, expect.stringContaining(message)]);
});

it('lets whoever may create exec by POST', async () => {
  const token = rig.api.addUser({ username: 'create', groups: [] });
  const { status, socket } = await upgrade(exec('p', 'stdout=1'), { method: 'POST', token });
  expect(status).toBe(101);
  socket?.destroy();
});
