import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { encodeLoadReport } from '@fairlead/balancing';
import { silentLogger } from '@fairlead/discovery';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type ChannelInspection, inspectChannels, inspectionHandler } from '../src/index.js';
import { registerWith } from '../src/registration/register.js';
import { Echo, failure, until } from './support/calls.js';
import { endpoint, FakeSource, fakeCluster, trouble } from './support/fake-source.js';
import { registerForeignPolicy } from './support/foreign-policy.js';
import { deadPort, type Pod, startPods } from './support/pods.js';

const TARGET = 'k8s:///svc.ns:8088';
let source: FakeSource;
let pods: Pod[] = [];
const clients: Echo[] = [];

beforeAll(() => {
  const current = { watch: (...args: Parameters<FakeSource['watch']>) => source.watch(...args), close() {} };
  registerWith({ logger: silentLogger }, { openCluster: () => fakeCluster(current) });
  registerForeignPolicy();
});

beforeEach(() => {
  source = new FakeSource();
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  for (const pod of pods.splice(0)) pod.stop();
  await until(() => inspectChannels().channels.length === 0, 'no channel is left');
});

function dial(config?: object, target = TARGET): Echo {
  const json = JSON.stringify({ loadBalancingConfig: [config] });
  const client = new Echo(target, config === undefined ? {} : { 'grpc.service_config': json });
  clients.push(client);
  return client;
}

function only(): ChannelInspection {
  const { channels } = inspectChannels();
  if (channels[0] === undefined || channels.length > 1) throw new Error(`${channels.length} channels`);
  return channels[0];
}

const ofPod = (name: string) => only().endpoints.find(({ pod }) => pod === name);

it('is empty without channels', () => {
  expect(inspectChannels()).toMatchObject({ version: 1, channels: [] });
});

it('tells of each endpoint what it is, where its connection stands and what it does', async () => {
  pods = await startPods(2, { endpoint: { zone: 'zone-a', node: 'node-1' } }, 9);
  const dead = endpoint('127.0.9.99', await deadPort('127.0.9.99'), { pod: 'dead' });
  const unready = endpoint('127.0.9.98', 1, { pod: 'unready', ready: false, serving: false });
  source.push([...pods.map((pod) => pod.endpoint), dead, unready]);
  const client = dial({ fairlead: { pick: { roundRobin: {} } } });
  const beforeMs = Date.now();
  await client.say();
  const stream = client.stream();
  stream.on('error', () => {});
  await new Promise((resolve) => stream.once('data', resolve));
  await until(() => ofPod('dead')?.connection?.state === 'failed', 'the dead endpoint failed');

  const channel = only();
  expect(channel).toMatchObject({
    target: TARGET,
    state: 'ready',
    policy: { name: 'roundRobin', basis: null, config: { pick: { roundRobin: {} } }, rejected: null },
    endpointSet: { state: 'live', sinceMs: null, cause: null, lastChange: { reason: 'test', lateMs: null } },
    connections: { ready: 2, failed: 1 },
    failure: null,
  });
  expect(channel.endpointSet?.version).toMatch(/^[0-9a-f]{64}$/);
  expect(channel.endpointSet?.lastChange?.ageMs).toBeGreaterThanOrEqual(0);
  const at = (pod: Pod) => ({
    key: `${pod.host}:${pod.port}`,
    pod: pod.name,
    node: 'node-1',
    zone: 'zone-a',
  });
  const plain = { worth: 1, ejection: null, report: null, reportStreamMs: null, why: 'ready' };
  for (const pod of pods) {
    const found = ofPod(pod.name);
    expect(found).toMatchObject({ ...at(pod), ...plain });
    expect((found?.inFlight ?? 0) + (found?.streams ?? 0)).toBe(pod.open);
    expect(found?.connection?.state).toBe('ready');
    expect(found?.connection?.sinceMs).toBeGreaterThanOrEqual(beforeMs);
  }
  expect(ofPod('dead')).toMatchObject({ why: 'failed', inFlight: 0, zone: null });
  expect(ofPod('unready')).toMatchObject({ why: 'not-ready', worth: 0, connection: null });
  expect(channel.endpoints).toHaveLength(4);
  expect(JSON.parse(JSON.stringify(inspectChannels())).channels[0].endpoints).toEqual(only().endpoints);
  stream.cancel();
});

it('tells that a set is stale since when and why, and what calls without an endpoint are told', async () => {
  source.push([endpoint('127.0.9.98', 1, { ready: false, serving: false })]);
  const client = dial();
  await failure(client.say());
  source.changeState({ kind: 'stale', sinceMs: 1000, cause: trouble('UNREACHABLE', 'away') });
  expect(only()).toMatchObject({
    state: 'failed',
    endpointSet: { state: 'stale', sinceMs: 1000, cause: 'away' },
    failure: expect.stringContaining('no ready endpoint'),
  });
});

it('tells of a channel that has heard nothing yet', async () => {
  const client = dial();
  const call = client.say().catch(() => {});
  await until(() => inspectChannels().channels.length === 1, 'the channel');
  expect(only()).toMatchObject({
    target: TARGET,
    state: null,
    endpointSet: { state: 'unknown', version: null, lastChange: null },
    endpoints: [],
  });
  client.close();
  await call;
});

it('tells the endpoints of a channel in which a policy of somebody else decides, and the balancer without a target', async () => {
  pods = await startPods(1, {}, 9);
  source.push(pods.map((pod) => pod.endpoint));
  const foreign = dial({ foreign: {} });
  await foreign.say();
  expect(only()).toMatchObject({ policy: { name: 'foreign', config: null }, state: null });
  expect(ofPod('pod-1')).toMatchObject({ why: null, connection: null, worth: null });
  foreign.close();
  await until(() => inspectChannels().channels.length === 0, 'no channel');
  const below = dial({ fairlead: {} }, `ipv4:${pods[0]!.host}:${pods[0]!.port}`);
  await below.say();
  expect(only()).toMatchObject({ target: '', endpointSet: null, state: 'ready' });
  expect(only().endpoints).toMatchObject([{ pod: null, why: 'ready' }]);
});

it('tells load reports and the streams that bring them', async () => {
  const loadReport = () => encodeLoadReport({ requestsInFlight: 3, latencyMs: 2 });
  pods = await startPods(2, { loadReport }, 9);
  source.push(pods.map((pod) => pod.endpoint));
  const client = dial({ fairlead: { pick: { weightedRoundRobin: { outOfBand: true, outOfBandMs: 200 } } } });
  await until(async () => {
    await client.say();
    return only().endpoints.every(({ report }) => report !== null);
  }, 'a report of each');
  expect(ofPod('pod-1')).toMatchObject({
    report: { requestsInFlight: 3, latencyMs: 2 },
    reportStreamMs: 200,
  });
  expect(ofPod('pod-1')?.report?.ageMs).toBeGreaterThanOrEqual(0);
});

it('tells who is ejected and why', async () => {
  pods = await startPods(3, {}, 9);
  pods[0]!.options = { ...pods[0]!.options, answer: () => ({ code: 14 }) };
  source.push(pods.map((pod) => pod.endpoint));
  const client = dial({ fairlead: { pick: { roundRobin: {} }, outliers: { consecutiveFailures: 1 } } });
  await until(async () => {
    await client.say().catch(() => {});
    return ofPod('pod-1')?.why === 'ejected';
  }, 'the ejection');
  const { ejection } = ofPod('pod-1') ?? {};
  expect(ejection?.cause).toBe('consecutive-failures');
  expect(ejection?.untilMs).toBe((ejection?.sinceMs ?? 0) + 30_000);
});

it('is served over HTTP to who only looks', async () => {
  pods = await startPods(1, {}, 9);
  source.push(pods.map((pod) => pod.endpoint));
  await dial().say();
  const server = createServer(inspectionHandler());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/debug/fairlead`;
  const answer = await fetch(url);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json']);
  expect(await answer.json()).toMatchObject({ version: 1, channels: [{ target: TARGET }] });
  const head = await fetch(url, { method: 'HEAD' });
  expect([head.status, await head.text()]).toEqual([200, '']);
  const post = await fetch(url, { method: 'POST', body: '{}' });
  expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
