import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as grpc from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { MountedVolume } from '../../discovery/test/doubles/mounted-volume.js';
import { registerWith } from '../src/registration/register.js';
import { Echo, failFirst, failure, policyOf, sayTwice, until } from './support/calls.js';
import { annotated, ConfigApi } from './support/config-api.js';
import { countConnections } from './support/connections.js';
import { FakeSource, fakeCluster } from './support/fake-source.js';
import { type Pod, startPods } from './support/pods.js';

/** Credentials with an API that answers; those of every other test have none. */
const WITH_API = 'with-api';

let base: string;
let volume: MountedVolume;
let config = new ConfigApi();
const source = new FakeSource();
const warnings: { msg: string; fields: Readonly<Record<string, unknown>> | undefined }[] = [];
const open: Echo[] = [];
let pods: Pod[];

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'fairlead-config-'));
  const nothing = (): void => {};
  registerWith(
    {
      clusterConfig: { configMap: 'clients' },
      configPath: join(base, 'clients'),
      logger: {
        debug: nothing,
        info: nothing,
        error: nothing,
        warn: (msg, fields) => void warnings.push({ msg, fields }),
      },
    },
    {
      openCluster: ({ context }) => ({
        ...fakeCluster(source),
        ...(context === WITH_API ? { api: config.api } : {}),
      }),
    },
  );
  pods = await startPods(3, {}, 9);
  for (const pod of pods) pod.options.answer = failFirst;
  source.push(pods.map((pod) => pod.endpoint));
});

beforeEach(async () => {
  config = new ConfigApi();
  warnings.length = 0;
  await rm(join(base, 'clients'), { recursive: true, force: true });
  volume = new MountedVolume(join(base, 'clients'));
});

afterEach(() => {
  for (const echo of open.splice(0)) echo.close();
});

afterAll(async () => {
  for (const pod of pods) pod.stop();
  await rm(base, { recursive: true });
});

function dial(options: grpc.ClientOptions = {}): Echo {
  const echo = new Echo('k8s:///svc.ns:8088', options);
  open.push(echo);
  return echo;
}

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
const runs = (echo: Echo, what: string) =>
  until(async () => (await policyOf(echo)) === what, `calls ${what}`);

it('says once that there is no folder, goes on, and follows it when it appears', async () => {
  const echo = dial();
  expect(await policyOf(echo)).toBe('at random');
  await dial({ 'grpc.client_idle_timeout_ms': 1_000_000 }).say();
  await volume.put({ svc: 'roundRobin' });
  await runs(echo, 'in turn');
  expect(warnings).toEqual([
    {
      msg: 'the configuration cannot be read, going on with what is known until it can',
      fields: { path: volume.path, error: expect.stringMatching(/^ENOENT/) },
    },
  ]);
});

it('knows the folder before the first call', async () => {
  await volume.put({ 'svc.ns': `{"policy": "roundRobin", "methodConfig": ${retries}}` });
  const echo = dial();
  expect(await sayTwice(echo.client)).toMatch(/^pod-/);
  expect(await policyOf(echo)).toBe('in turn');
});

it('follows the swaps of the volume under calls: none is lost, no connection is opened', async () => {
  await volume.put({ _default: 'leastRequest' });
  const echo = dial();
  const load = dial({ 'grpc.client_idle_timeout_ms': 1_000_000 });
  expect(await policyOf(echo)).toBe('at random');
  await until(async () => Object.keys(await load.spread(12)).length === 3, 'three pods');
  const connections = countConnections();
  let calls = 0;
  let going = true;
  const worker = async (): Promise<void> => {
    for (; going; calls++) await load.say();
  };
  const workers = Array.from({ length: 4 }, worker);
  for (let swap = 0; swap < 2; swap++) {
    const before = calls;
    await volume.put({ svc: 'roundRobin' });
    await runs(echo, 'in turn');
    await volume.put({ 'svc.ns': 'leastRequest', svc: 'roundRobin' });
    await runs(echo, 'at random');
    expect(calls).toBeGreaterThan(before);
  }
  going = false;
  await Promise.all(workers);
  connections.stop();
  expect(connections.count).toBe(0);
  expect(warnings).toEqual([]);
});

it('applies a methodConfig to the next call, and lets it go with its key', async () => {
  await volume.put({});
  const echo = dial();
  await failure(sayTwice(echo.client));
  await volume.put({ svc: `{"methodConfig": ${retries}}` });
  const succeeds = () =>
    sayTwice(echo.client).then(
      () => true,
      () => false,
    );
  await until(succeeds, 'calls are repeated');
  await volume.put({});
  await until(async () => !(await succeeds()), 'calls are repeated no more');
});

it('keeps the last good value, also over a time without channels, and warns once for each bad one', async () => {
  await volume.put({ svc: 'roundRobin' });
  const first = dial();
  await runs(first, 'in turn');
  await volume.put({ svc: 'swiftest' });
  await until(() => warnings.length > 0, 'it is told');
  expect(await policyOf(first)).toBe('in turn');
  first.close();
  const second = dial();
  expect(await policyOf(second)).toBe('in turn');
  await volume.put({ svc: '{' });
  await until(() => warnings.length > 1, 'the other is told');
  await volume.put({ svc: 'swiftest' });
  await volume.put({ svc: 'leastRequest' });
  await runs(second, 'at random');
  expect(warnings.map(({ msg }) => msg)).toEqual(
    Array(2).fill('a configuration from a file is not accepted, the last good one stays'),
  );
  expect(warnings[0]?.fields).toEqual({
    service: 'ns/svc',
    place: `${volume.path}, key svc`,
    error: expect.stringContaining('unknown policy "swiftest"'),
  });
});

it('is weaker than the ConfigMap, which is weaker than the annotation, which is weaker than the application', async () => {
  await volume.put({ svc: `{"policy": "roundRobin", "methodConfig": ${retries}}` });
  config.say(annotated({}));
  config.setConfigMap(null);
  const echo = dial({ 'fairlead.context': WITH_API });
  expect(await policyOf(echo)).toBe('in turn');
  config.setConfigMap({ _default: 'leastRequest' });
  await runs(echo, 'at random');
  // Each part for itself.
  expect(await sayTwice(echo.client)).toMatch(/^pod-/);
  config.say(annotated({ 'fairlead.dev/policy': 'roundRobin' }));
  await runs(echo, 'in turn');
  const own = dial({ 'fairlead.context': WITH_API, 'fairlead.policy': 'leastRequest' });
  expect(await policyOf(own)).toBe('at random');
  config.say(annotated({ 'fairlead.dev/policy': 'leastRequest' }));
  await runs(echo, 'at random');
  config.say(annotated({}));
  config.setConfigMap(null);
  await runs(echo, 'in turn');
});
