import * as grpc from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { registerWith } from '../src/registration/register.js';
import { Echo, failFirst, failure, policyOf, sayTwice } from './support/calls.js';
import { FakeSource, fakeCluster } from './support/fake-source.js';
import { registerForeignPolicy } from './support/foreign-policy.js';
import { type Pod, startPods } from './support/pods.js';

const source = new FakeSource();
const warnings: string[] = [];
let pods: Pod[];
let echo: Echo | null = null;

beforeAll(async () => {
  registerForeignPolicy();
  const nothing = (): void => {};
  registerWith(
    {
      logger: { debug: nothing, info: nothing, error: nothing, warn: (msg) => void warnings.push(msg) },
    },
    { openCluster: () => fakeCluster(source) },
  );
  pods = await startPods(3);
  for (const pod of pods) pod.options.answer = failFirst;
  source.push(pods.map((pod) => pod.endpoint));
});

afterEach(() => {
  echo?.close();
  echo = null;
});

afterAll(() => {
  for (const pod of pods) pod.stop();
});

const retryPolicy = {
  maxAttempts: 3,
  initialBackoff: '0.01s',
  maxBackoff: '0.01s',
  backoffMultiplier: 1,
  retryableStatusCodes: ['UNAVAILABLE'],
};
const methodConfig = [{ name: [{}], retryPolicy }];

function dial(serviceConfig: object | null, options: grpc.ClientOptions = {}): Echo {
  echo = new Echo('k8s:///svc.ns:8088', {
    ...(serviceConfig === null ? {} : { 'grpc.service_config': JSON.stringify(serviceConfig) }),
    ...options,
  });
  return echo;
}

it.each<[string, object | null, grpc.ClientOptions, string, boolean]>([
  ['no config', null, {}, 'at random', false],
  ['only methodConfig with a retry', { methodConfig }, {}, 'at random', true],
  [
    'our policy',
    { loadBalancingConfig: [{ fairlead: { pick: { roundRobin: {} } } }], methodConfig },
    {},
    'in turn',
    true,
  ],
  ['round_robin', { loadBalancingConfig: [{ round_robin: {} }], methodConfig }, {}, 'in turn', true],
  ['the old loadBalancingPolicy', { loadBalancingPolicy: 'round_robin' }, {}, 'in turn', false],
  [
    'an unknown policy before a known one',
    { loadBalancingConfig: [{ foo: {} }, { round_robin: {} }] },
    {},
    'in turn',
    false,
  ],
  ['pick_first', { loadBalancingConfig: [{ pick_first: {} }], methodConfig }, {}, 'one pod', true],
  [
    'outlier detection over round_robin',
    { loadBalancingConfig: [{ outlier_detection: { childPolicy: [{ round_robin: {} }] } }] },
    {},
    'in turn',
    false,
  ],
  ['a policy of others', { loadBalancingConfig: [{ foreign: {} }], methodConfig }, {}, 'one pod', true],
  [
    'a channel option over the service config',
    { loadBalancingConfig: [{ pick_first: {} }], methodConfig },
    { 'fairlead.policy': 'roundRobin' },
    'in turn',
    true,
  ],
])('runs for %s', async (_what, serviceConfig, options, policy, retried) => {
  const client = dial(serviceConfig, options);
  expect(await policyOf(client, policy)).toBe(policy);
  if (retried) expect(await sayTwice(client.client)).toMatch(/^pod-/);
  else expect((await failure(sayTwice(client.client))).code).toBe(grpc.status.UNAVAILABLE);
});

it('warns once when a policy of others runs', async () => {
  for (let i = 0; i < 2; i++) {
    await dial({ loadBalancingConfig: [{ foreign: {} }] }).say();
    echo?.close();
  }
  expect(warnings.filter((text) => text.includes('"foreign"'))).toHaveLength(1);
});

it.each<[string, object, string]>([
  [
    'a typo in the name',
    { loadBalancingConfig: [{ fairlaed: {} }] },
    'service config: loadBalancingConfig names only unknown policies: "fairlaed"; accepted: fairlead, round_robin, pick_first',
  ],
  [
    'a typo inside fairlead',
    { loadBalancingConfig: [{ fairlead: { pick: { leastRequests: {} } } }] },
    'service config: loadBalancingConfig.fairlead: fairlead.pick',
  ],
  ['an unknown policy', { loadBalancingPolicy: 'grpclb' }, 'loadBalancingPolicy "grpclb" is unknown'],
])('refuses %s where the client is made', (_what, serviceConfig, message) => {
  expect(() => dial(serviceConfig)).toThrow(message);
});

it("leaves broken JSON to grpc-js's own text", () => {
  expect(() => dial(null, { 'grpc.service_config': '{"methodConfig":' })).toThrow(/JSON/);
});

it('applies a timeout of the service config to the nanosecond', async () => {
  for (const pod of pods) pod.options.delayMs = 1000;
  const client = dial({ methodConfig: [{ name: [{}], timeout: '0.2s' }] });
  const atMs = Date.now();
  const error = await failure(client.say());
  for (const pod of pods) delete pod.options.delayMs;
  expect(error.code).toBe(grpc.status.DEADLINE_EXCEEDED);
  expect(Date.now() - atMs).toBeGreaterThanOrEqual(150);
});

it('hides pods that are not ready from policies that know nothing of conditions', async () => {
  const [a, b] = pods.map((pod) => pod.endpoint);
  source.push([{ ...a!, ready: false }, b!]);
  expect(await dial({ loadBalancingConfig: [{ foreign: {} }] }).say()).toBe('pod-2');
  source.push(pods.map((pod) => pod.endpoint));
});

it('gives each channel of a shared config its own policy', async () => {
  const least = new Echo('k8s:///svc.ns:8088', {
    'fairlead.policy': '{"pick":{"leastRequest":{"choiceCount":3}}}',
  });
  const turns = dial(null, { 'fairlead.policy': 'roundRobin' });
  expect(await policyOf(turns)).toBe('in turn');
  await least.say();
  least.close();
});
