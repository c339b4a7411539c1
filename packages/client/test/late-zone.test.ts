import type { KubeObject } from '@fairlead/discovery/kubernetes';
import type * as grpc from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Cluster } from '../src/clusters/clusters.js';
import { registerWith } from '../src/registration/register.js';
import { Echo, until } from './support/calls.js';
import { FakeSource, fakeCluster } from './support/fake-source.js';
import { type Pod, startPods } from './support/pods.js';

const source = new FakeSource();
const open: Echo[] = [];
const asked: string[] = [];
/** Answers the request for the node. */
let answer: (node: KubeObject) => void = () => {};
let pods: Pod[];

/** A cluster whose API server takes its time to tell of a node. */
function slowCluster(): Cluster {
  const get = <T extends KubeObject>(_ref: unknown, name: string): Promise<T> => {
    asked.push(name);
    return new Promise((resolve) => {
      answer = (node) => resolve(node as T);
    });
  };
  const refuse = () => Promise.reject(new Error('is not asked here'));
  const client = { server: 'https://api:6443', get, watch: refuse, create: refuse };
  return { ...fakeCluster(source), api: { client, readService: () => ({ close: () => {} }) } };
}

beforeAll(async () => {
  registerWith({ node: 'n1', podLabelsPath: '/nowhere' }, { openCluster: slowCluster, env: {} });
  pods = await startPods(4);
  // Two pods in zone a, two in zone b; none on the client's node.
  source.push(
    pods.map(({ endpoint }, index) => ({
      ...endpoint,
      node: `other-${index}`,
      forZones: [index < 2 ? 'a' : 'b'],
    })),
  );
});

afterEach(() => {
  for (const echo of open.splice(0)) echo.close();
});

afterAll(() => {
  for (const pod of pods) pod.stop();
});

function dial(options: grpc.ClientOptions = {}): Echo {
  const echo = new Echo('k8s:///svc.ns:8088', options);
  open.push(echo);
  return echo;
}

const called = async (echo: Echo) => Object.keys(await echo.spread(60)).sort();

it('calls at once, and moves to its zone when the node is known, without losing a call', async () => {
  const echo = dial();
  const elsewhere = dial({ 'fairlead.zone': 'b' });
  expect(await called(echo)).toHaveLength(4);
  expect(await called(elsewhere)).toEqual(['pod-3', 'pod-4']);
  expect(asked).toEqual(['n1']);

  for (const pod of pods) {
    pod.options = { delayMs: 500 };
    pod.calls = 0;
  }
  const running = Array.from({ length: 40 }, () => echo.say());
  await until(() => pods.reduce((sum, { calls }) => sum + calls, 0) === 40, 'all calls run');
  answer({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'n1', labels: { 'topology.kubernetes.io/zone': 'a' } },
  });
  // Calls that run go on where they are.
  const answered = await Promise.all(running);
  expect(new Set(answered).size).toBe(4);
  for (const pod of pods) pod.options = {};
  await until(async () => (await called(echo)).join() === 'pod-1,pod-2', 'the own zone is called');
  expect(await called(elsewhere)).toEqual(['pod-3', 'pod-4']);
  expect(await called(dial())).toEqual(['pod-1', 'pod-2']);
  expect(asked).toEqual(['n1']);
});
