import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type ApiRig, pod, startApi } from './api-rig.js';

let rig: ApiRig;
let agent: Server;
let answer: (request: IncomingMessage, response: ServerResponse) => void;

beforeAll(async () => {
  rig = await startApi();
  const { certificatePem, keyPem } = rig.ca.issue({
    commonName: 'system:node:n',
    addresses: ['127.0.0.1'],
    usage: 'server',
  });
  agent = createServer(
    { cert: certificatePem, key: keyPem, ca: rig.ca.certificatePem, requestCert: true },
    (request, response) => answer(request, response),
  );
  await new Promise<void>((resolve) => agent.listen(0, '127.0.0.1', resolve));
  registerNode('n', (agent.address() as AddressInfo).port);
  registerNode('dead', 1);
  for (const [name, spec] of [
    ['p', { nodeName: 'n' }],
    ['dead', { nodeName: 'dead' }],
    ['lost', { nodeName: 'nowhere' }],
    ['waiting', {}],
    [
      'two',
      {
        nodeName: 'n',
        containers: [
          { name: 'a', image: 'i' },
          { name: 'b', image: 'i' },
        ],
      },
    ],
  ] as const) {
    rig.store.create('pods', pod(name, spec));
  }
});
afterAll(async () => {
  await rig.close();
  agent.closeAllConnections();
  await new Promise((resolve) => agent.close(resolve));
});
beforeEach(() => {
  answer = (_request, response) => void response.end('hello\n');
});

function registerNode(name: string, port: number): void {
  rig.store.create('nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name },
    status: {
      addresses: [
        { type: 'Hostname', address: name },
        { type: 'InternalIP', address: '127.0.0.1' },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: port } },
    },
  });
}

const log = (name: string, query = '') => `/api/v1/namespaces/default/pods/${name}/log${query}`;

it('asks the agent of the node, as the API server, and passes on what it is asked', async () => {
  let seen: string | undefined;
  let who: string | undefined;
  answer = (request, response) => {
    seen = request.url;
    who = String((request.socket as TLSSocket).getPeerCertificate().subject.CN);
    response.end('one\ntwo\n');
  };
  const reply = await rig.call('GET', log('p', '?tailLines=2&timestamps=true&pretty=true'));
  expect(reply).toMatchObject({ status: 200, text: 'one\ntwo\n' });
  expect(reply.headers['content-type']).toBe('text/plain');
  expect(seen).toBe('/containerLogs/default/p/c?tailLines=2&timestamps=true');
  expect(who).toBe('kube-apiserver-kubelet-client');
});

it('follows a log line by line, and leaves the agent when the client leaves', async () => {
  const left = new Promise<void>((resolve) => {
    answer = (_request, response) => {
      response.write('{"type":"1"}\n');
      response.once('close', resolve);
    };
  });
  const watching = await rig.watch(log('p', '?follow=true'));
  await watching.until(1);
  watching.close();
  await left;
});

it.each([
  ['two', '', 400, 'a container name must be specified for pod two, choose one of: [a b]'],
  ['two', '?container=z', 400, 'container z is not valid for pod two'],
  ['ghost', '', 404, 'pods "ghost" not found'],
  ['lost', '', 404, 'nodes "nowhere" not found'],
  ['dead', '', 500, 'Get "https://127.0.0.1:1/containerLogs/default/dead/c": connect ECONNREFUSED'],
])('says what is wrong with the log of %s%s', async (name, query, code, message) => {
  const { status, json } = await rig.call('GET', log(name, query));
  expect(status).toBe(code);
  expect(json.message).toContain(message);
});

it('passes on the refusal of the agent', async () => {
  const text = 'container "c" in pod "p" is waiting to start: ContainerCreating';
  answer = (_request, response) => void response.writeHead(400).end(text);
  expect((await rig.call('GET', log('p'))).json).toMatchObject({ code: 400, message: text });
});

it('has nothing to say of a pod that runs nowhere', async () => {
  expect(await rig.call('GET', log('waiting'))).toMatchObject({ status: 200, text: '' });
});
