import { DiscoveryError } from '@fairlead/discovery';
import * as grpc from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { registerWith } from '../src/registration/register.js';
import { Echo, failure, until } from './support/calls.js';
import { countConnections } from './support/connections.js';
import { endpoint, FakeSource, fakeCluster, trouble } from './support/fake-source.js';
import { deadPort, type Pod, startPods } from './support/pods.js';

const FIRST_ANSWER_MS = 300;
let source = new FakeSource();
let pods: Pod[];
const open: Echo[] = [];

beforeAll(async () => {
  const anySource = () => ({
    ...fakeCluster(source),
    source: {
      watch: (...args: Parameters<FakeSource['watch']>) => source.watch(...args),
      close: () => {},
    },
  });
  registerWith({ firstAnswerMs: FIRST_ANSWER_MS }, { openCluster: anySource });
  pods = await startPods(4);
});

beforeEach(() => {
  source = new FakeSource();
});

afterEach(() => {
  for (const echo of open.splice(0)) echo.close();
});

afterAll(() => {
  for (const pod of pods) pod.stop();
});

const endpoints = (...indexes: number[]) => indexes.map((index) => pods[index]!.endpoint);

function dial(options: grpc.ClientOptions = {}, target = 'k8s:///svc.ns:8088'): Echo {
  const echo = new Echo(target, options);
  open.push(echo);
  return echo;
}

async function allOf(echo: Echo, count: number): Promise<void> {
  await until(async () => Object.keys(await echo.spread(10 * count)).length === count, `${count} pods`);
}

const state = (echo: Echo) => echo.client.getChannel().getConnectivityState(false);

it('spreads the calls of a client over all ready pods', async () => {
  source.push(endpoints(0, 1, 2));
  await allOf(dial(), 3);
});

it.each(['k8s:svc.ns:8088', 'kubernetes:///svc.ns:8088', 'k8s://ns/svc:8088', 'k8s:///svc'])(
  'dials %s',
  async (target) => {
    source.push(endpoints(0));
    expect(await dial({}, target).say()).toBe('pod-1');
  },
);

it.each([
  ['k8s://svc.ns:8088', 'write three slashes'],
  ['k8s:///', 'service name is missing'],
  ['k8s:///SVC.ns', 'upper case'],
])('refuses the target %s where the client is made', (target, message) => {
  expect(() => dial({}, target)).toThrow(message);
});

it('sends the cluster name as authority, and what the user says instead', async () => {
  const seen: string[] = [];
  pods[0]!.options.answer = (call) => {
    seen.push(call.getHost());
    return null;
  };
  source.push(endpoints(0));
  await dial({}, 'k8s:///svc:8088').say();
  await dial({}, 'k8s:///svc.other:grpc').say();
  await dial({ 'grpc.default_authority': 'me' }).say();
  delete pods[0]!.options.answer;
  expect(seen).toEqual(['svc.ns.svc:8088', 'svc.other.svc', 'me']);
});

it('sends calls to a pod that is added and none to one that is removed', async () => {
  source.push(endpoints(0, 1));
  const echo = dial();
  await allOf(echo, 2);
  source.push(endpoints(0, 1, 2));
  await until(async () => (await echo.say()) === 'pod-3', 'a call to the new pod');
  source.push(endpoints(1, 2));
  expect(await echo.spread(100)).not.toHaveProperty('pod-1');
});

it('picks no pod that was removed in the same tick', async () => {
  source.push(endpoints(0, 1));
  const echo = dial();
  await allOf(echo, 2);
  const before = pods[0]!.calls;
  source.push(endpoints(1));
  const answers = await Promise.all(Array.from({ length: 50 }, () => echo.say()));
  expect(new Set(answers)).toEqual(new Set(['pod-2']));
  expect(pods[0]!.calls).toBe(before);
});

it('picks no pod that turned terminating, and lets its stream finish', async () => {
  source.push(endpoints(0));
  const echo = dial();
  const stream = echo.stream();
  await new Promise((resolve) => stream.once('data', resolve));
  source.push([{ ...pods[0]!.endpoint, ready: false, terminating: true }, ...endpoints(1)]);
  await until(async () => (await echo.say()) === 'pod-2', 'the other pod');
  expect(await echo.spread(20)).toEqual({ 'pod-2': 20 });
  expect(pods[0]!.open).toBe(1);
  stream.on('error', () => {});
  stream.cancel();
});

it('picks terminating pods that still serve while nothing is ready', async () => {
  source.push([{ ...pods[0]!.endpoint, ready: false, terminating: true }]);
  expect(await dial().say()).toBe('pod-1');
});

it('opens one connection for an added pod and none for a list that says nothing new', async () => {
  source.push(endpoints(0, 1));
  const echo = dial({ 'grpc.use_local_subchannel_pool': 1 });
  await allOf(echo, 2);
  const connections = countConnections();
  for (let i = 0; i < 5; i++) source.push(endpoints(0, 1).map((item) => ({ ...item })));
  await allOf(echo, 2);
  expect(connections.count).toBe(0);
  source.push(endpoints(0, 1, 2));
  await allOf(echo, 3);
  expect(connections.count).toBe(1);
  source.push(endpoints(0, 2));
  await allOf(echo, 2);
  connections.stop();
  expect(connections.count).toBe(1);
});

it('does not wait for a pod that cannot be connected', async () => {
  const dead = endpoint('127.0.1.99', await deadPort('127.0.1.99'));
  source.push([...endpoints(0), dead]);
  const echo = dial();
  expect(await echo.spread(30)).toEqual({ 'pod-1': 30 });
});

it('keeps its one watch while a pod cannot be connected', async () => {
  const dead = endpoint('127.0.1.99', await deadPort('127.0.1.99'));
  source.push([...endpoints(0), dead]);
  const echo = dial({ 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 100 });
  await echo.say();
  const connections = countConnections();
  await until(() => connections.count >= 4, 'some attempts');
  connections.stop();
  expect(source.watches).toBe(1);
  expect(await echo.spread(10)).toEqual({ 'pod-1': 10 });
});

it('says how the last connection failed when none works', async () => {
  const port = await deadPort('127.0.1.99');
  source.push([endpoint('127.0.1.99', port)]);
  const error = await failure(dial().say());
  expect(error.code).toBe(grpc.status.UNAVAILABLE);
  expect(error.details).toBe(
    `k8s:///svc.ns:8088: no connection to any of 1 endpoints; last error: Error: connect ECONNREFUSED 127.0.1.99:${port}`,
  );
});

it('connects again by itself when a pod comes back', async () => {
  const [pod] = await startPods(1, {}, 2);
  source.push([pod!.endpoint]);
  const echo = dial({ 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 100 });
  await echo.say();
  pod!.stop();
  await failure(echo.say());
  await pod!.start();
  await until(async () => (await echo.say().catch(() => '')) === 'pod-1', 'an answer');
  pod!.stop();
});

it('connects at once to a pod that is ready again, however long its backoff still is', async () => {
  const hour = 3_600_000;
  const [pod] = await startPods(1, {}, 2);
  source.push([pod!.endpoint]);
  const echo = dial({ 'grpc.initial_reconnect_backoff_ms': hour, 'grpc.max_reconnect_backoff_ms': hour });
  await echo.say();
  pod!.stop();
  await until(() => state(echo) === grpc.connectivityState.TRANSIENT_FAILURE, 'the pod is found dead');
  const answer = () => echo.say().catch(() => '');
  source.push(endpoints(1));
  await until(async () => (await answer()) === 'pod-2', 'an answer of another pod');
  await pod!.start();
  source.push([pod!.endpoint]);
  await until(async () => (await answer()) === 'pod-1', 'an answer of the pod');
  pod!.stop();
});

it('fails at once with the reason when no pod is ready, and recovers', async () => {
  source.push(endpoints(0));
  const echo = dial();
  await echo.say();
  source.push([{ ...pods[0]!.endpoint, ready: false }]);
  const error = await failure(echo.say());
  expect(error.code).toBe(grpc.status.UNAVAILABLE);
  expect(error.details).toMatch(/^k8s:\/\/\/svc\.ns:8088: no ready endpoint since .*12:04:31Z: 1 not ready$/);
  source.push(endpoints(1));
  await until(async () => (await echo.say().catch(() => '')) === 'pod-2', 'the other pod');
});

it('fails at once with the words of the cluster when there is no such Service', async () => {
  const message = 'Service svc does not exist in namespace ns';
  source.push([], { absence: { code: 'NO_SERVICE', message } });
  const error = await failure(dial().say());
  expect([error.code, error.details]).toEqual([14, `k8s:///svc.ns:8088: ${message}`]);
});

it('lets calls that wait for ready wait through an empty set', async () => {
  source.push([]);
  const echo = dial();
  await failure(echo.say());
  let answered = false;
  const waiting = echo.say({ waitForReady: true }).finally(() => {
    answered = true;
  });
  await failure(echo.say());
  expect(answered).toBe(false);
  source.push(endpoints(0));
  expect(await waiting).toBe('pod-1');
});

it('says after firstAnswerMs that the API server does not answer, and recovers', async () => {
  const echo = dial();
  const atMs = Date.now();
  const call = failure(echo.say());
  source.changeState({
    kind: 'unknown',
    sinceMs: atMs,
    cause: trouble('UNREACHABLE', 'connect ECONNREFUSED'),
  });
  const error = await call;
  expect(Date.now() - atMs).toBeGreaterThanOrEqual(FIRST_ANSWER_MS - 5);
  expect([error.code, error.details]).toEqual([
    14,
    'k8s:///svc.ns:8088: no answer from the API server https://api:6443 for 0.3 s (last error: connect ECONNREFUSED)',
  ]);
  source.push(endpoints(0));
  await until(async () => (await echo.say().catch(() => '')) === 'pod-1', 'an answer');
});

it('reports refused credentials at once', async () => {
  const echo = dial();
  const call = failure(echo.say());
  await until(() => source.watching === 1, 'the watch');
  source.changeState({
    kind: 'unknown',
    sinceMs: 0,
    cause: new DiscoveryError('FORBIDDEN', 'ServiceAccount ns:app may not list'),
  });
  expect((await call).details).toBe('k8s:///svc.ns:8088: ServiceAccount ns:app may not list');
});

it('keeps calling the last endpoints while they are stale', async () => {
  source.push(endpoints(0, 1));
  const echo = dial();
  await allOf(echo, 2);
  source.changeState({ kind: 'stale', sinceMs: Date.now(), cause: trouble('UNREACHABLE', 'reset') });
  await allOf(echo, 2);
});

it('stops watching when idle and starts again with the next call', async () => {
  source.push(endpoints(0, 1));
  const echo = dial({ 'grpc.client_idle_timeout_ms': 1000 });
  await allOf(echo, 2);
  await until(() => source.watching === 0, 'idleness');
  expect(state(echo)).toBe(grpc.connectivityState.IDLE);
  source.push(endpoints(1, 2));
  const seen = await echo.spread(40);
  expect(Object.keys(seen).sort()).toEqual(['pod-2', 'pod-3']);
  expect([source.watches, source.closes]).toEqual([2, 1]);
});

it('stops watching when closed', async () => {
  source.push(endpoints(0));
  const echo = new Echo('k8s:///svc.ns:8088');
  await echo.say();
  echo.close();
  expect(source.watching).toBe(0);
});

it('shares connections between channels of the same options, and lets each close for itself', async () => {
  source.push(endpoints(0, 1));
  const first = dial();
  await allOf(first, 2);
  const connections = countConnections();
  const second = dial();
  await allOf(second, 2);
  connections.stop();
  expect(connections.count).toBe(0);
  first.close();
  await allOf(second, 2);
});

it('never keeps the process alive by its watch', async () => {
  source.push(endpoints(0));
  await dial().say();
  expect(source.refs).toEqual([false]);
});
