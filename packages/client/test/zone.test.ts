import type * as grpc from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { registerWith } from '../src/registration/register.js';
import { Echo, until } from './support/calls.js';
import { FakeSource, fakeCluster } from './support/fake-source.js';
import { type Pod, startPods } from './support/pods.js';

const source = new FakeSource();
const open: Echo[] = [];
let pods: Pod[];

beforeAll(async () => {
  registerWith(
    { node: 'n2' },
    { openCluster: () => fakeCluster(source), env: { FAIRLEAD_ZONE: 'a', FAIRLEAD_NODE: 'n1' } },
  );
  pods = await startPods(4);
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

/** Two pods in zone a, two in zone b, one on each of four nodes. */
const hinted = (forNodes: boolean) =>
  pods.map(({ endpoint }, index) => ({
    ...endpoint,
    forZones: [index < 2 ? 'a' : 'b'],
    ...(forNodes ? { forNodes: [`n${index + 1}`] } : {}),
  }));

const called = async (echo: Echo) => Object.keys(await echo.spread(40)).sort();

it('stays in the zone that the environment says, until it has no pod left', async () => {
  source.push(hinted(false));
  const echo = dial();
  expect(await called(echo)).toEqual(['pod-1', 'pod-2']);
  source.push(hinted(false).slice(2));
  await until(async () => (await called(echo)).join() === 'pod-3,pod-4', 'the other zone is called');
  source.push(hinted(false));
  await until(async () => (await called(echo)).join() === 'pod-1,pod-2', 'the own zone is called again');
});

it('takes the zone of the channel for its own, and hints for nothing when told so', async () => {
  source.push(hinted(false));
  expect(await called(dial({ 'fairlead.zone': 'b' }))).toEqual(['pod-3', 'pod-4']);
  expect(await called(dial({ 'fairlead.zone': 'c' }))).toHaveLength(4);
  expect(await called(dial({ 'fairlead.policy': '{"zone": {"hints": false}}' }))).toHaveLength(4);
});

it('stays on the node that register() says, which is stronger than the environment', async () => {
  source.push(hinted(true));
  expect(await called(dial())).toEqual(['pod-2']);
  expect(await called(dial({ 'fairlead.node': 'n4' }))).toEqual(['pod-4']);
  expect(await called(dial({ 'fairlead.node': 'n9' }))).toEqual(['pod-1', 'pod-2']);
});
