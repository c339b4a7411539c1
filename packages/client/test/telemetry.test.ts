import { AsyncLocalStorage } from 'node:async_hooks';
import type { EventEmitter } from 'node:events';
import { silentLogger } from '@fairlead/discovery';
import * as grpc from '@grpc/grpc-js';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type ChannelOptionsInput, channelOptions } from '../src/channel-options.js';
import { registerWith } from '../src/registration/register.js';
import type { TelemetryApi } from '../src/telemetry/api.js';
import { createOutside } from '../src/telemetry/api.js';
import { peerAttributesWith } from '../src/telemetry/peer-attributes.js';
import { Echo, failFirst, failure, sayTwice } from './support/calls.js';
import { endpoint, FakeSource, fakeCluster } from './support/fake-source.js';
import { deadPort, ECHO, type Pod, startPods } from './support/pods.js';

const source = new FakeSource();
const request = new AsyncLocalStorage<string>();
const span = new AsyncLocalStorage<Record<string, string | number>>();
const SAY = ECHO.say.path;
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

function dial(target = 'k8s:///svc.ns:8088', more: ChannelOptionsInput = {}): Echo {
  return new Echo(target, channelOptions({ interceptors: [peerAttributesWith({ api })], ...more }));
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

const same = (value: Buffer): Buffer => value;
/** Resolves when a call is over, however it ends. */
const over = (call: EventEmitter): Promise<void> =>
  new Promise((resolve) => call.on('error', () => {}).once('status', () => resolve()));

it.each<[string, (client: grpc.Client) => EventEmitter]>([
  ['of one message', (client) => client.makeUnaryRequest(SAY, same, same, Buffer.alloc(0), () => {})],
  [
    'of a client that streams',
    (client) => client.makeClientStreamRequest(SAY, same, same, () => {}).end(Buffer.alloc(0)),
  ],
  [
    'of a server that streams',
    (client) => client.makeServerStreamRequest(SAY, same, same, Buffer.alloc(0)).resume(),
  ],
  [
    'of two that stream',
    (client) => client.makeBidiStreamRequest(SAY, same, same).resume().end(Buffer.alloc(0)),
  ],
  [
    'that is cancelled before it ends',
    (client) => {
      const call = client.makeServerStreamRequest(ECHO.stream.path, same, same, Buffer.alloc(0));
      return call.once('data', () => call.cancel());
    },
  ],
])('writes it for a call %s', async (_what, start) => {
  const echo = dial();
  const attributes = {};
  await span.run(attributes, () => over(start(echo.client)));
  echo.close();
  expect(attributes).toMatchObject({ 'network.peer.address': pods[0]!.host, 'k8s.pod.name': 'pod-1' });
});

it.each<[string, Pod['options'], grpc.status]>([
  ['failed on it', { answer: () => ({ code: grpc.status.NOT_FOUND }) }, grpc.status.NOT_FOUND],
  ['waited for it until its deadline', { delayMs: 1000 }, grpc.status.DEADLINE_EXCEEDED],
])('writes the pod also when the call %s', async (_what, options, code) => {
  const echo = dial();
  await echo.say();
  const before = pods[0]!.options;
  pods[0]!.options = { ...before, ...options };
  const attributes = {};
  const failed = span.run(attributes, () => echo.say({ deadline: Date.now() + 500 }));
  expect((await failure(failed)).code).toBe(code);
  echo.close();
  pods[0]!.options = before;
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

it('writes the pod of the last attempt when a call is tried again', async () => {
  source.push(pods.map((pod) => pod.endpoint));
  const asked: string[] = [];
  for (const pod of pods) {
    pod.options.answer = (call) => {
      asked.push(pod.name);
      return failFirst(call);
    };
  }
  const echo = dial('k8s:///svc.ns:8088', { policy: 'roundRobin', retry: true });
  const attributes = {};
  const answered = await span.run(attributes, () => sayTwice(echo.client));
  echo.close();
  for (const pod of pods) delete pod.options.answer;
  expect(asked).toHaveLength(2);
  expect(attributes).toMatchObject({ 'k8s.pod.name': answered });
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
