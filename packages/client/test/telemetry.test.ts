import { AsyncLocalStorage } from 'node:async_hooks';
import { silentLogger } from '@fairlead/discovery';
import * as grpc from '@grpc/grpc-js';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { registerWith } from '../src/registration/register.js';
import type { TelemetryApi } from '../src/telemetry/api.js';
import { createOutside } from '../src/telemetry/api.js';
import { peerAttributesWith } from '../src/telemetry/peer-attributes.js';
import { Echo, failure } from './support/calls.js';
import { endpoint, FakeSource, fakeCluster } from './support/fake-source.js';
import { deadPort, type Pod, startPods } from './support/pods.js';

const source = new FakeSource();
const request = new AsyncLocalStorage<string>();
const span = new AsyncLocalStorage<Record<string, string | number>>();
let pods: Pod[];

/** An OpenTelemetry API whose active span is what `span` holds. */
const api: TelemetryApi = {
  metrics: {
    getMeterProvider: () => {
      throw new Error('not part of this double');
    },
  },
  trace: {
    getActiveSpan: () => {
      const attributes = span.getStore();
      if (attributes === undefined) return undefined;
      return { setAttribute: (key, value) => Object.assign(attributes, { [key]: value }) };
    },
  },
  context: { with: (context, fn) => quiet.run(context, fn) },
  ROOT_CONTEXT: { setValue: (key, value) => ({ key, value }) },
};
const quiet = new AsyncLocalStorage<unknown>();

beforeAll(async () => {
  registerWith({ logger: silentLogger }, { openCluster: () => fakeCluster(source) });
  pods = await startPods(2, { endpoint: { zone: 'zone-a' } }, 8);
});

beforeEach(() => {
  source.push([pods[0]!.endpoint]);
});

afterAll(() => {
  for (const pod of pods) pod.stop();
});

function dial(target = 'k8s:///svc.ns:8088'): Echo {
  return new Echo(target, { interceptors: [peerAttributesWith({ api })] });
}

it('writes the pod that answered on the active span', async () => {
  const echo = dial();
  const attributes = {};
  await span.run(attributes, () => echo.say());
  echo.close();
  expect(attributes).toEqual({
    'network.peer.address': pods[0]!.host,
    'network.peer.port': pods[0]!.port,
    'k8s.pod.name': 'pod-1',
    'cloud.availability_zone': 'zone-a',
  });
});

it('writes it also when the call failed on a pod', async () => {
  pods[0]!.options.answer = () => ({ code: grpc.status.NOT_FOUND });
  const echo = dial();
  const attributes = {};
  await failure(span.run(attributes, () => echo.say()));
  echo.close();
  delete pods[0]!.options.answer;
  expect(attributes).toMatchObject({ 'k8s.pod.name': 'pod-1' });
});

it('writes nothing when no pod was reached', async () => {
  source.push([endpoint('127.0.8.99', await deadPort('127.0.8.99'))]);
  const echo = dial();
  const attributes = {};
  await failure(span.run(attributes, () => echo.say()));
  echo.close();
  expect(attributes).toEqual({});
});

it('knows only the address of a peer of another resolver', async () => {
  const echo = dial(`ipv4:${pods[1]!.host}:${pods[1]!.port}`);
  const attributes = {};
  await span.run(attributes, () => echo.say());
  echo.close();
  expect(attributes).toEqual({ 'network.peer.address': pods[1]!.host, 'network.peer.port': pods[1]!.port });
});

it.each<[string, TelemetryApi | null]>([
  ['no span is active', api],
  ['the application has no OpenTelemetry', null],
])('lets calls through when %s', async (_what, given) => {
  const echo = new Echo('k8s:///svc.ns:8088', { interceptors: [peerAttributesWith({ api: given })] });
  expect(await echo.say()).toBe('pod-1');
  const stream = echo.stream();
  stream.on('error', () => {});
  expect(String(await new Promise((resolve) => stream.once('data', resolve)))).toBe('pod-1');
  stream.cancel();
  echo.close();
});

it('starts the watch outside the async context of the call that needs it', async () => {
  const stores: (string | undefined)[] = [];
  source.onWatch = () => void stores.push(request.getStore());
  const echo = dial();
  await request.run('request-1', () => echo.say());
  echo.close();
  source.onWatch = null;
  expect(stores).toEqual([undefined]);
});

it('suppresses the tracing of what runs outside', () => {
  const outside = createOutside(api);
  const context = request.run('request-1', () => outside(() => [request.getStore(), quiet.getStore()]));
  expect(context).toEqual([
    undefined,
    { key: Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING'), value: true },
  ]);
});
