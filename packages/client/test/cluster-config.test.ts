import { KubeError } from '@fairlead/discovery/kubernetes';
import type * as grpc from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { inspectChannels } from '../src/index.js';
import { registerWith } from '../src/registration/register.js';
import { Echo, failFirst, failure, policyOf, sayTwice, until } from './support/calls.js';
import { annotated, ConfigApi } from './support/config-api.js';
import { countConnections } from './support/connections.js';
import { FakeSource, fakeCluster } from './support/fake-source.js';
import { type Pod, startPods } from './support/pods.js';

/** The credentials of a test: channels with the same ones share what is read. */
let access = '';
let apis = new Map<string, ConfigApi>();
let config = new ConfigApi();
const source = new FakeSource();
const logged: { level: string; msg: string; fields: Readonly<Record<string, unknown>> | undefined }[] = [];
const open: Echo[] = [];
let pods: Pod[];

beforeAll(async () => {
  const log =
    (level: string) =>
    (msg: string, fields?: Readonly<Record<string, unknown>>): void =>
      void logged.push({ level, msg, fields });
  registerWith(
    {
      clusterConfig: { configMap: 'clients' },
      logger: { debug: log('debug'), info: log('info'), error: log('error'), warn: log('warn') },
    },
    {
      openCluster: ({ context = '' }) => {
        const api = apis.get(context)?.api;
        return { ...fakeCluster(source), ...(api === undefined ? {} : { api }) };
      },
    },
  );
  pods = await startPods(3);
  for (const pod of pods) pod.options.answer = failFirst;
  source.push(pods.map((pod) => pod.endpoint));
});

let tests = 0;
beforeEach(() => {
  access = `test-${++tests}`;
  config = new ConfigApi();
  apis = new Map([[access, config]]);
  logged.length = 0;
});

afterEach(() => {
  for (const echo of open.splice(0)) echo.close();
  for (const pod of pods) delete pod.options.delayMs;
});

afterAll(() => {
  for (const pod of pods) pod.stop();
});

function dial(options: grpc.ClientOptions = {}): Echo {
  const echo = new Echo('k8s:///svc.ns:8088', { 'fairlead.context': access, ...options });
  open.push(echo);
  return echo;
}

const policy = (value: string) => annotated({ 'fairlead.dev/policy': value });
const retries = JSON.stringify([
  {
    name: [{}],
    retryPolicy: {
      maxAttempts: 3,
      initialBackoff: '0.01s',
      maxBackoff: '0.01s',
      backoffMultiplier: 1,
      retryableStatusCodes: ['UNAVAILABLE'],
    },
  },
]);
const warnings = () => logged.filter(({ level }) => level === 'warn');
const runs = (echo: Echo, what: string) =>
  until(async () => (await policyOf(echo)) === what, `calls ${what}`);

it('holds the first call until the cluster has said what it wants', async () => {
  const echo = dial();
  let answered = false;
  const first = echo.say().then(() => {
    answered = true;
  });
  await until(() => config.readers === 1 && config.following === 1, 'both places are read');
  expect(answered).toBe(false);
  config.say(policy('roundRobin'));
  config.setConfigMap(null);
  await first;
  expect(await policyOf(echo)).toBe('in turn');
});

it('goes on with what is known when the cluster is silent', async () => {
  config.say(policy('roundRobin'));
  const echo = dial();
  await echo.say();
  expect(await policyOf(echo)).toBe('in turn');
});

it('changes the policy under calls without a new connection, and back', async () => {
  config.say(annotated({}));
  config.setConfigMap({});
  const echo = dial();
  expect(await policyOf(echo)).toBe('at random');
  const connections = countConnections();
  for (const pod of pods) pod.options.delayMs = 50;
  const calls = Array.from({ length: 30 }, () => echo.say());
  config.say(policy('roundRobin'));
  await Promise.all(calls);
  for (const pod of pods) delete pod.options.delayMs;
  await runs(echo, 'in turn');
  config.say(annotated({}));
  await runs(echo, 'at random');
  connections.stop();
  expect(connections.count).toBe(0);
});

it('applies a methodConfig to the next call', async () => {
  config.say(annotated({}));
  config.setConfigMap(null);
  const echo = dial();
  await failure(sayTwice(echo.client));
  config.say(annotated({ 'fairlead.dev/method-config': retries }));
  expect(await sayTwice(echo.client)).toMatch(/^pod-/);
  config.say(annotated({}));
  await failure(sayTwice(echo.client));
});

it('takes from the ConfigMap what the Service does not say', async () => {
  config.say(policy('roundRobin'));
  config.setConfigMap({ svc: `{"policy": "leastRequest", "methodConfig": ${retries}}` });
  const echo = dial();
  expect(await policyOf(echo)).toBe('in turn');
  expect(await sayTwice(echo.client)).toMatch(/^pod-/);
  config.say({ kind: 'missing' });
  await runs(echo, 'at random');
  config.setConfigMap({ _default: 'roundRobin' });
  await runs(echo, 'in turn');
  await failure(sayTwice(echo.client));
});

it("leaves the application's own words alone", async () => {
  config.say(annotated({ 'fairlead.dev/policy': 'roundRobin', 'fairlead.dev/method-config': retries }));
  config.setConfigMap(null);
  const methodConfig = [{ name: [{}], timeout: '5s' }];
  const echo = dial({
    'fairlead.policy': 'leastRequest',
    'grpc.service_config': JSON.stringify({ methodConfig }),
  });
  expect(await policyOf(echo)).toBe('at random');
  await failure(sayTwice(echo.client));
});

it('keeps the last good value, warns once and makes one Event', async () => {
  config.say(policy('roundRobin'));
  config.setConfigMap(null);
  const echo = dial();
  const other = dial({ 'grpc.client_idle_timeout_ms': 1_000_000 });
  expect(await policyOf(echo)).toBe('in turn');
  await other.say();
  for (const value of ['fastest', 'roundRobin', 'fastest']) config.say(policy(value));
  await until(() => config.events.length > 0, 'an Event');
  expect(await policyOf(echo)).toBe('in turn');
  expect(warnings()).toEqual([
    {
      level: 'warn',
      msg: 'a configuration from the cluster is not accepted, the last good one stays',
      fields: {
        service: 'ns/svc',
        place: 'annotation fairlead.dev/policy',
        error: expect.stringContaining('unknown policy "fastest"'),
      },
    },
  ]);
  const [event] = config.events;
  expect(event).toMatchObject({
    metadata: { namespace: 'ns', name: expect.stringMatching(/^svc\.[0-9a-f]{16}$/) },
    involvedObject: { apiVersion: 'v1', kind: 'Service', name: 'svc', namespace: 'ns', uid: 'uid-1' },
    type: 'Warning',
    reason: 'ClientConfigInvalid',
    message: expect.stringContaining('annotation fairlead.dev/policy: policy: fairlead.pick: unknown policy'),
  });
  // Whoever sees the same problem makes the Event of the same name, which is there already.
  expect(new Set(config.events.map(({ metadata }) => metadata.name)).size).toBe(1);
});

it('tells in an inspection what is refused, until it is mended', async () => {
  const rejected = () => inspectChannels().channels.map(({ policy }) => policy.rejected);
  config.say(policy('roundRobin'));
  config.setConfigMap({ svc: 'slowest' });
  const echo = dial();
  await echo.say();
  expect(rejected()).toEqual([expect.stringMatching(/^ConfigMap ns\/clients, key svc: policy: .*"slowest"/)]);
  config.say(annotated({ 'fairlead.dev/policy': 'fastest', 'fairlead.dev/polcy': 'roundRobin' }));
  expect(rejected()).toEqual([
    expect.stringMatching(
      /^annotation fairlead\.dev\/policy: .*"fastest".*; annotation fairlead\.dev\/polcy: it is unknown.*; ConfigMap ns\/clients, key svc: /,
    ),
  ]);
  expect(await policyOf(echo)).toBe('in turn');
  config.say(policy('roundRobin'));
  config.setConfigMap({});
  await until(() => rejected()[0] === null, 'nothing is refused any more');
});

it('says what is wrong although it may not make an Event', async () => {
  config.refusal = new KubeError(403, 'events is forbidden');
  config.say(policy('slowest'));
  config.setConfigMap(null);
  await dial().say();
  await until(() => logged.some(({ msg }) => msg.startsWith('no Event was made')), 'the refusal');
  expect(warnings().map(({ fields }) => fields?.error)).toEqual([expect.stringContaining('"slowest"')]);
});

it('goes on with its defaults where it may read neither place, and says so once', async () => {
  config.say({ kind: 'unreadable', why: 'ServiceAccount ns:app may not get services in namespace ns' });
  config.setConfigMap(new KubeError(403, 'configmaps "clients" is forbidden'));
  for (let again = 0; again < 2; again++) {
    const echo = dial();
    expect(await policyOf(echo)).toBe('at random');
    echo.close();
  }
  expect(
    warnings()
      .map(({ msg }) => msg)
      .sort(),
  ).toEqual([
    'the ConfigMap cannot be read, going on without its configuration',
    'the annotations of the Service cannot be read, going on without its configuration',
  ]);
});

it('reads each place once for all channels of a Service, and no longer than there is one', async () => {
  config.say(policy('roundRobin'));
  config.setConfigMap({});
  const first = dial();
  const second = dial({ 'grpc.client_idle_timeout_ms': 1_000_000 });
  await first.say();
  await second.say();
  expect([config.reads, config.following]).toEqual([1, 1]);
  first.close();
  await second.say();
  expect([config.readers, config.following]).toEqual([1, 1]);
  second.close();
  await until(() => config.readers === 0 && config.following === 0, 'nothing is read any more');
});

it('asks nothing of a target that is not of the cluster', async () => {
  const [pod] = pods;
  const echo = new Echo(`static:///${pod!.host}:${pod!.port}`);
  open.push(echo);
  await echo.say();
  expect(config.reads).toBe(0);
});
