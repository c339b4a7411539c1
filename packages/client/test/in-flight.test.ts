import { createPipeline, type Pipeline } from '@fairlead/balancing';
import { silentLogger } from '@fairlead/discovery';
import * as grpc from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { registerWith } from '../src/registration/register.js';
import { Echo, failure, until } from './support/calls.js';
import { FakeSource, fakeCluster } from './support/fake-source.js';
import { type Pod, startPods } from './support/pods.js';

const source = new FakeSource();
let pods: Pod[];
let echo: Echo | null = null;
/** What the balancer told its pipeline. */
const seen = {
  picked: 0,
  started: 0,
  ended: 0,
  turns: 0,
  codes: [] as number[],
  latenciesMs: [] as number[],
};
let picksThrow = false;
let startsThrow = false;

/** A pipeline that keeps count of what its host says. */
function counted(inner: Pipeline): Pipeline {
  return {
    update: (candidates) => inner.update(candidates),
    connection: (key, state) => inner.connection(key, state),
    pick: (context) => {
      if (picksThrow) throw new Error('broken on purpose');
      const slot = inner.pick(context);
      if (slot !== null) seen.picked += 1;
      return slot;
    },
    started: (slot, stream) => {
      seen.started += 1;
      inner.started(slot, stream);
      if (startsThrow) throw new Error('broken at start');
    },
    ended: (slot, outcome, stream) => {
      seen.ended += 1;
      seen.codes.push(outcome.code);
      seen.latenciesMs.push(outcome.latencyMs);
      inner.ended(slot, outcome, stream);
    },
    report: (key, load) => inner.report(key, load),
    endOfTurn: () => {
      seen.turns += 1;
      inner.endOfTurn();
    },
    wake: () => inner.wake(),
    takeMoves: () => inner.takeMoves(),
    usesLatency: true,
    get nextWakeMs() {
      return inner.nextWakeMs;
    },
  };
}

beforeAll(async () => {
  registerWith(
    { logger: silentLogger },
    {
      openCluster: () => fakeCluster(source),
      createPipeline: (config, host) => counted(createPipeline(config, host)),
    },
  );
  pods = await startPods(2);
  source.push(pods.map((pod) => pod.endpoint));
});

afterEach(() => {
  echo?.close();
  for (const pod of pods) pod.options = {};
  picksThrow = false;
  startsThrow = false;
});

afterAll(() => {
  for (const pod of pods) pod.stop();
});

async function dial(options: grpc.ClientOptions = {}): Promise<Echo> {
  echo = new Echo('k8s:///svc.ns:8088', options);
  await echo.say();
  await atRest();
  Object.assign(seen, { picked: 0, started: 0, ended: 0, turns: 0, codes: [], latenciesMs: [] });
  return echo;
}

async function atRest(): Promise<void> {
  await until(() => seen.started > 0 && seen.started === seen.ended, 'rest');
}

it('counts each call once', async () => {
  const client = await dial();
  await client.spread(20);
  await atRest();
  expect([seen.picked, seen.started, seen.ended]).toEqual([20, 20, 20]);
  expect(new Set(seen.codes)).toEqual(new Set([grpc.status.OK]));
});

it('hears of the end of a turn once, however many picks it had', async () => {
  const client = await dial();
  await Promise.all(Array.from({ length: 50 }, () => client.say()));
  await atRest();
  expect(seen.picked).toBe(50);
  expect(seen.turns).toBeLessThan(50);
  expect(seen.turns).toBeGreaterThan(0);
});

it('spreads a burst of one turn evenly, although no call of it has started', async () => {
  const client = await dial();
  await until(async () => Object.keys(await client.spread(10)).length === 2, 'two pods');
  const before = pods[0]!.calls;
  await Promise.all(Array.from({ length: 100 }, () => client.say()));
  expect(Math.abs(pods[0]!.calls - before - 50)).toBeLessThanOrEqual(5);
});

it('is exact under deadlines', async () => {
  for (const pod of pods) pod.options.delayMs = 300;
  const client = await dial();
  const calls = Array.from({ length: 20 }, () => failure(client.say({ deadline: Date.now() + 50 })));
  const errors = await Promise.all(calls);
  await atRest();
  expect(errors.map(({ code }) => code)).toEqual(Array(20).fill(grpc.status.DEADLINE_EXCEEDED));
  for (const latencyMs of seen.latenciesMs) {
    expect(latencyMs).toBeGreaterThan(10);
    expect(latencyMs).toBeLessThan(5000);
  }
  expect(seen.started).toBe(seen.ended);
});

it('is exact under cancellation before, during and after the pick', async () => {
  const client = await dial();
  const call = () =>
    client.client.makeUnaryRequest(
      '/test.Echo/Say',
      (value: Buffer) => value,
      (value: Buffer) => value,
      Buffer.alloc(0),
      () => {},
    );
  call().cancel();
  const microtask = call();
  queueMicrotask(() => microtask.cancel());
  const tick = call();
  process.nextTick(() => tick.cancel());
  const later = call();
  setImmediate(() => later.cancel());
  await client.say();
  await atRest();
  expect(seen.started).toBe(seen.ended);
  expect(seen.picked).toBeGreaterThanOrEqual(seen.started);
});

it('counts every attempt of a retried call', async () => {
  const retryPolicy = {
    maxAttempts: 3,
    initialBackoff: '0.01s',
    maxBackoff: '0.01s',
    backoffMultiplier: 1,
    retryableStatusCodes: ['UNAVAILABLE'],
  };
  const client = await dial({
    'grpc.service_config': JSON.stringify({ methodConfig: [{ name: [{}], retryPolicy }] }),
  });
  for (const pod of pods) pod.options.answer = () => ({ code: grpc.status.UNAVAILABLE });
  await failure(client.say());
  await atRest();
  expect([seen.started, seen.ended]).toEqual([3, 3]);
});

it('counts a stream until it ends', async () => {
  const client = await dial();
  const stream = client.stream();
  stream.on('error', () => {});
  await new Promise((resolve) => stream.once('data', resolve));
  expect([seen.started, seen.ended]).toEqual([1, 0]);
  stream.cancel();
  await atRest();
  expect(seen.codes).toEqual([grpc.status.CANCELLED]);
});

it('counts calls that a dying pod cuts', async () => {
  const [extra] = await startPods(1, { delayMs: 5000 }, 3);
  const client = await dial();
  source.push([extra!.endpoint]);
  await until(() => {
    void client.say({ deadline: Date.now() + 4000 }).catch(() => {});
    return extra!.calls >= 3;
  }, 'calls on the pod');
  extra!.stop();
  await atRest();
  source.push(pods.map((pod) => pod.endpoint));
  expect(seen.started).toBe(seen.ended);
});

it('drops a pick whose credentials fail, without a trace', async () => {
  const client = await dial();
  const credentials = grpc.credentials.createFromMetadataGenerator((_context, done) =>
    done(new Error('no token')),
  );
  const error = await failure(client.say({ credentials }));
  expect(error.details).toContain('no token');
  await client.say();
  await atRest();
  expect([seen.picked, seen.started, seen.ended]).toEqual([2, 1, 1]);
});

it('turns an exception of a pick into UNAVAILABLE', async () => {
  const client = await dial();
  picksThrow = true;
  const error = await failure(client.say());
  expect([error.code, error.details]).toEqual([
    grpc.status.UNAVAILABLE,
    'k8s:///svc.ns:8088: the pick failed: broken on purpose',
  ]);
  picksThrow = false;
  expect(await client.say()).toMatch(/^pod-/);
});

it('survives an exception at the start of a call', async () => {
  const client = await dial();
  startsThrow = true;
  expect(await client.say()).toMatch(/^pod-/);
  await atRest();
});
