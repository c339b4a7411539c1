import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Endpoint, type EndpointSet, type Watch, watchEndpoints } from '@fairlead/discovery';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { register } from '../src/registration/register.js';
import { ApiServer } from './support/api-server.js';
import { Echo, until } from './support/calls.js';
import { Pod, startPods } from './support/pods.js';

const LINGER_MS = 100;
const open: { close(): void }[] = [];
let folder: string;
let kubeconfig: string;
let pods: Pod[];
let api: ApiServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fairlead-shared-'));
  kubeconfig = join(folder, 'kubeconfig');
  const [first] = await startPods(1, {}, 11);
  const second = new Pod('pod-2', '127.0.11.2', {});
  second.port = first!.port;
  pods = [first!, await second.start()];
  api = await new ApiServer(first!.port).start();
  writeFileSync(kubeconfig, api.kubeconfig);
  register({ kubeconfig, lingerMs: LINGER_MS });
});

beforeEach(() => {
  api.push(pods.map(({ host, name }) => ({ host, pod: name })));
  api.watched = 0;
});

afterEach(async () => {
  for (const each of open.splice(0)) each.close();
  await until(() => api.watching === 0, 'the end of the linger time');
});

afterAll(async () => {
  for (const pod of pods) pod.stop();
  await api.stop();
  rmSync(folder, { recursive: true });
});

function dial(target = 'k8s:///svc.ns:tcp'): Echo {
  const echo = new Echo(target);
  open.push(echo);
  return echo;
}

type Options = Omit<Parameters<typeof watchEndpoints>[1], 'onSet'>;

function watch(options: Options = { kubeconfig, lingerMs: LINGER_MS }): Watch & { pods(): string[] } {
  let endpoints: readonly Endpoint[] = [];
  const onSet = (set: EndpointSet): void => {
    endpoints = set.endpoints;
  };
  const watching = watchEndpoints('k8s:///svc.ns:tcp', { ...options, onSet });
  open.push(watching);
  return { ...watching, pods: () => endpoints.map(({ pod }) => pod ?? '') };
}

it('serves a channel, watchEndpoints and a second channel with one watch', async () => {
  await dial().say();
  const watching = watch();
  await until(() => watching.pods().length === 2, 'both pods');
  await dial('k8s://ns/svc:tcp').say();
  expect([api.watched, api.watching]).toEqual([1, 1]);
});

it('serves them with one watch when watchEndpoints came first, for as long as one of them is there', async () => {
  const watching = watch();
  await until(() => watching.pods().length === 2, 'both pods');
  const echo = dial();
  await echo.say();
  watching.close();
  await until(async () => Object.keys(await echo.spread(20)).length === 2, 'both pods');
  expect([api.watched, api.watching]).toEqual([1, 1]);
});

it('gives each of them its own settle time', async () => {
  const patient = watch({ kubeconfig, lingerMs: 0, settleMs: 600_000 });
  const echo = dial();
  await echo.say();
  await until(() => patient.pods().length === 2, 'both pods');
  api.push([{ host: pods[0]!.host, pod: 'pod-1' }]);
  await until(async () => Object.keys(await echo.spread(20)).length === 1, 'one pod');
  expect(patient.pods()).toEqual(['pod-1', 'pod-2']);
  expect(api.watched).toBe(1);
});

it('takes a variable that names the same file for the same credentials', async () => {
  const before = process.env.KUBECONFIG;
  process.env.KUBECONFIG = kubeconfig;
  try {
    await dial().say();
    const watching = watch({ lingerMs: LINGER_MS });
    await until(() => watching.pods().length === 2, 'both pods');
    expect(api.watched).toBe(1);
  } finally {
    if (before === undefined) delete process.env.KUBECONFIG;
    else process.env.KUBECONFIG = before;
  }
});

it('stays with the cluster that register() found while all channels are idle', async () => {
  const echo = dial();
  await echo.say();
  echo.close();
  await until(() => api.watching === 0, 'the end of the linger time');
  writeFileSync(kubeconfig, api.kubeconfig.replace(api.url, 'http://127.0.0.1:1'));
  await dial().say();
  expect(api.watched).toBe(2);
  writeFileSync(kubeconfig, api.kubeconfig);
});
