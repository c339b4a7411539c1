import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogFields } from '@fairlead/discovery';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { register } from '../src/registration/register.js';
import { ApiServer } from './support/api-server.js';
import { Echo, failure, until } from './support/calls.js';
import { Pod, startPods } from './support/pods.js';

const MAX_STALE_MS = 700;
const LINGER_MS = 150;
const lines: { level: string; msg: string; fields?: LogFields }[] = [];
const restarts: string[] = [];
const ages: number[] = [];
const open: Echo[] = [];
let folder: string;
let pods: Pod[];
let api: ApiServer;

const write = (level: string) => (msg: string, fields?: LogFields) =>
  void lines.push({ level, msg, ...(fields && { fields }) });
const nothing = { addCallback: () => {}, removeCallback: () => {} };
const meter = {
  createCounter: (name: string) => ({
    add: (_value: number, attributes?: Record<string, string>) => {
      if (name === 'fairlead.watch.restarts') restarts.push(attributes?.reason ?? '');
    },
  }),
  createHistogram: () => ({ record: (value: number) => void ages.push(value) }),
  createObservableGauge: () => nothing,
  createObservableCounter: () => nothing,
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fairlead-cluster-'));
  const [first] = await startPods(1, {}, 10);
  const second = new Pod('pod-2', '127.0.10.2', {});
  second.port = first!.port;
  pods = [first!, await second.start()];
  api = await new ApiServer(first!.port).start();
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, api.kubeconfig);
  api.push([{ host: pods[0]!.host, pod: 'pod-1' }]);
  register({
    kubeconfig,
    maxStaleMs: MAX_STALE_MS,
    lingerMs: LINGER_MS,
    logger: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
    meterProvider: { getMeter: () => meter },
  });
});

afterEach(() => {
  for (const echo of open.splice(0)) echo.close();
});

afterAll(async () => {
  for (const pod of pods) pod.stop();
  await until(() => api.watching === 0, 'the end of the linger time');
  await api.stop();
  rmSync(folder, { recursive: true });
});

function dial(options = {}): Echo {
  const echo = new Echo('k8s:///svc:tcp', options);
  open.push(echo);
  return echo;
}

it('shares one watch between channels, and writes one line per change', async () => {
  const [a, b] = [dial(), dial({ 'fairlead.policy': 'roundRobin' })];
  await Promise.all([a!.say(), b!.say()]);
  expect(api.watching).toBe(1);
  lines.length = 0;
  api.push(pods.map(({ host, name }) => ({ host, pod: name })));
  for (const echo of [a!, b!]) {
    await until(async () => Object.keys(await echo.spread(20)).length === 2, 'both pods');
  }
  expect(lines.filter(({ level }) => level === 'debug' || level === 'warn')).toEqual([
    {
      level: 'debug',
      msg: 'endpoints changed',
      fields: expect.objectContaining({ target: 'k8s:///svc:tcp', added: 1 }),
    },
  ]);
  expect(ages).toHaveLength(1);
});

it('goes on watching for a while after the last channel closed', async () => {
  const echo = dial();
  await echo.say();
  echo.close();
  expect(api.watching).toBe(1);
  await until(() => api.watching === 0, 'the end of the linger time');
});

it('calls stale endpoints for maxStaleMs, then says since when and why, and recovers', async () => {
  const echo = dial();
  await echo.say();
  lines.length = 0;
  await api.stop();
  expect(await echo.say()).toMatch(/^pod-/);
  await until(
    () =>
      echo.say().then(
        () => false,
        () => true,
      ),
    'a failure',
  );
  const error = await failure(echo.say());
  expect([error.code, error.details]).toEqual([
    14,
    expect.stringMatching(/^k8s:\/\/\/svc:tcp: endpoints are stale since \d\d:\d\d:\d\dZ: .+/),
  ]);
  expect(lines.filter(({ level }) => level === 'warn').length).toBeGreaterThan(0);
  const warned = lines
    .filter(({ level }) => level === 'warn')
    .map(({ msg, fields }) => `${msg} ${fields?.code}`);
  expect(new Set(warned).size).toBe(warned.length);
  await api.start();
  await until(
    () =>
      echo.say().then(
        () => true,
        () => false,
      ),
    'an answer',
  );
  expect(restarts.length).toBeGreaterThan(0);
});
