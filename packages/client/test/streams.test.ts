import { AsyncLocalStorage } from 'node:async_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Endpoint } from '@fairlead/discovery';
import * as grpc from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { channelOptions } from '../src/channel-options.js';
import { registerWith } from '../src/registration/register.js';
import { onImbalance } from '../src/streams/on-imbalance.js';
import type { Imbalance } from '../src/streams/stream-call.js';
import { Echo, until } from './support/calls.js';
import { FakeSource, fakeCluster } from './support/fake-source.js';
import { type Pod, startPods } from './support/pods.js';

const TARGET = 'k8s:///svc.ns:8088';
const source = new FakeSource();
const warnings: string[] = [];
let pods: Pod[];
let echo: Echo;

beforeAll(async () => {
  const quiet = (): void => {};
  const warn = (msg: string): void => void warnings.push(msg);
  registerWith(
    { logger: { debug: quiet, info: quiet, warn, error: quiet } },
    { openCluster: () => fakeCluster(source) },
  );
  pods = await startPods(4);
});

afterEach(async () => {
  for (const call of started.splice(0)) call.cancel();
  echo.close();
  await until(() => pods.every(({ open }) => open === 0), 'the end of all streams');
  warnings.length = 0;
});

afterAll(() => {
  for (const pod of pods) pod.stop();
});

const started: grpc.ClientReadableStream<Buffer>[] = [];
const open = (): number[] => pods.map((pod) => pod.open);
const endpoints = (n: number): Endpoint[] => pods.slice(0, n).map(({ endpoint }) => endpoint);

function dial(n: number, config: object = {}, options: grpc.ClientOptions = channelOptions()): Echo {
  source.push(endpoints(n));
  const policy = JSON.stringify({ streams: { spreadMs: 100 }, ...config });
  echo = new Echo(TARGET, { ...options, 'fairlead.policy': policy });
  return echo;
}

/** A stream whose end is expected. */
function start(
  options: grpc.CallOptions = {},
  metadata = new grpc.Metadata(),
): grpc.ClientReadableStream<Buffer> {
  const call = echo.stream(options, metadata);
  call.on('error', () => {});
  call.resume();
  started.push(call);
  return call;
}

/** One that is opened again when it is asked; the old one ends when the new one has answered. */
function follow(asked: Imbalance[] = []): grpc.ClientReadableStream<Buffer> {
  const call = start(
    onImbalance((event) => {
      asked.push(event);
      follow(asked).once('data', () => call.cancel());
    }),
  );
  return call;
}

it.each(['leastRequest', 'roundRobin', 'peakEwma'])(
  'under %s the very first streams are within one of each other',
  async (policy) => {
    dial(3, { pick: { [policy]: {} } });
    for (let i = 0; i < 8; i++) start();
    await until(() => open().reduce((sum, n) => sum + n) === 8, 'eight streams');
    expect(open().toSorted()).toEqual([0, 2, 3, 3]);
  },
);

it('a pod that ends streams at once does not draw all new ones', async () => {
  dial(3);
  const [broken] = pods as [Pod];
  broken.options.endsStreams = true;
  let ended = 0;
  for (let i = 0; i < 60; i++) {
    const call = start();
    const end = new Promise((resolve) => call.once('status', resolve));
    const name: unknown = await new Promise((resolve) => call.once('data', resolve));
    if (String(name) !== broken.name) continue;
    ended += 1;
    await end;
  }
  delete broken.options.endsStreams;
  expect(ended).toBeGreaterThan(0);
  expect(ended).toBeLessThan(30);
});

it('a pod with idle streams gets unary calls as the others do', async () => {
  dial(1);
  for (let i = 0; i < 40; i++) start();
  await until(() => pods[0]?.open === 40, 'streams');
  source.push(endpoints(2));
  await until(async () => (await echo.say()) === pods[1]?.name, 'a call to the new pod');
  const shares = await echo.spread(200);
  for (const { name } of pods.slice(0, 2)) expect(shares[name]).toBeGreaterThan(50);
});

it('what the application put into its metadata arrives, and its object stays as it was', async () => {
  dial(1);
  const seen: (string | undefined)[] = [];
  const metadata = new grpc.Metadata({ waitForReady: true });
  metadata.set('x-own', 'yes');
  const before = metadata.getOptions();
  start({}, metadata).on('metadata', () => seen.push('answered'));
  await until(() => seen.length === 1, 'an answer');
  expect(metadata.getOptions()).toBe(before);
  expect(metadata.getMap()).toEqual({ 'x-own': 'yes' });
  expect(pods[0]?.lastMetadata?.get('x-own')).toEqual(['yes']);
});

it('after a scale-up streams are opened again until it is even, and no more than that', async () => {
  const asked: Imbalance[] = [];
  dial(2);
  for (let i = 0; i < 40; i++) follow(asked);
  await until(() => open().join() === '20,20,0,0', 'streams on two pods');
  source.push(endpoints(4));
  await until(() => open().join() === '10,10,10,10', 'streams on four pods');
  // Four more are asked when one pod is ready before the other: they begin by evening three.
  expect(asked.length).toBeGreaterThanOrEqual(20);
  expect(asked.length).toBeLessThanOrEqual(24);
  expect(asked[0]).toEqual({ reason: 'imbalance', target: TARGET });
});

it('streams of a pod that terminates are asked to go', async () => {
  const asked: Imbalance[] = [];
  dial(3);
  for (let i = 0; i < 9; i++) follow(asked);
  await until(() => open().join() === '3,3,3,0', 'streams on three pods');
  const [first, ...rest] = endpoints(3);
  source.push([{ ...(first as Endpoint), ready: false, terminating: true }, ...rest]);
  await until(() => open().slice(0, 3).join().startsWith('0,'), 'no stream on the first pod');
  expect(open().toSorted()).toEqual([0, 0, 4, 5]);
  expect(asked.map(({ reason }) => reason)).toEqual(['terminating', 'terminating', 'terminating']);
});

it('a handler runs in the async context of its stream, and one that throws keeps nobody from being asked', async () => {
  const context = new AsyncLocalStorage<number>();
  const seen: (number | undefined)[] = [];
  dial(1);
  for (let i = 0; i < 8; i++) {
    const handler = (): void => {
      seen.push(context.getStore());
      throw new Error(`broken ${i}`);
    };
    context.run(i, () => start(onImbalance(handler)));
  }
  await until(() => pods[0]?.open === 8, 'streams');
  source.push(endpoints(2));
  await until(() => seen.length === 4, 'four streams asked');
  expect(seen.toSorted()).toEqual([0, 1, 2, 3]);
  expect(warnings).toEqual(Array(4).fill('a handler of onImbalance() threw'));
});

it('says nothing of options that are made a while before their stream', async () => {
  dial(1);
  const options = onImbalance(() => {});
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  start(options);
  await until(() => pods[0]?.open === 1, 'a stream');
  expect(warnings).toEqual([]);
});

it('says once that a client lacks the interceptor which onImbalance() needs, when its options are gone', async () => {
  setFlagsFromString('--expose-gc');
  const gc: () => void = runInNewContext('gc');
  dial(1, {}, {});
  start(onImbalance(() => {}));
  start(onImbalance(() => {}));
  await until(() => pods[0]?.open === 2, 'streams');
  await until(() => {
    gc();
    return warnings.length > 0;
  }, 'a warning');
  expect(warnings).toEqual([expect.stringContaining('make the client with channelOptions()')]);
});

it('refuses what is no function', () => {
  dial(1);
  expect(() => onImbalance('x' as unknown as () => void)).toThrow(
    'onImbalance: got "x", accepted: a function',
  );
});
