import { afterAll, beforeAll, expect, it } from 'vitest';
import { registerWith } from '../src/register.js';
import { Echo, failure, until } from './support/calls.js';
import { FakeSource, fakeCluster } from './support/fake-source.js';
import { type Pod, startPods } from './support/pods.js';

const source = new FakeSource();
let pods: Pod[];

beforeAll(async () => {
  registerWith({ firstAnswerMs: 300 }, { openCluster: () => fakeCluster(source) });
  pods = await startPods(4);
});

afterAll(() => {
  for (const pod of pods) pod.stop();
});

const endpoints = (...indexes: number[]) => indexes.map((index) => pods[index]!.endpoint);

it('spreads the calls of a client over all ready pods', async () => {
  source.push(endpoints(0, 1, 2));
  const echo = new Echo('k8s:///svc.ns:8088');
  await echo.say();
  await until(async () => Object.keys(await echo.spread(30)).length === 3, 'three pods');
  echo.close();
});

it('sends calls to a pod that is added and none to one that is removed', async () => {
  source.push(endpoints(0, 1));
  const echo = new Echo('k8s:///svc.ns:8088');
  await echo.say();
  source.push(endpoints(0, 1, 2));
  await until(async () => (await echo.say()) === 'pod-3', 'a call to the new pod');
  source.push(endpoints(1, 2));
  expect(await echo.spread(100)).not.toHaveProperty('pod-1');
  echo.close();
});

it('fails at once with the reason when no pod is ready', async () => {
  source.push([{ ...pods[0]!.endpoint, ready: false }]);
  const echo = new Echo('k8s:///svc.ns:8088');
  const error = await failure(echo.say());
  expect(error.details).toMatch(/^k8s:\/\/\/svc\.ns:8088: no ready endpoint since .*12:04:31Z: 1 not ready$/);
  expect(error.code).toBe(14);
  echo.close();
});
