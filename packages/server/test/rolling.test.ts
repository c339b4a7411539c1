import { type Client, status } from '@grpc/grpc-js';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createHealth, createLifecycle, type DrainResult } from '../src/index.js';
import { dial, openStream, push, ROUND_ROBIN, registerPushed, say, startEcho } from './echo.js';
import { FakeProcess, RecordingLogger } from './hosts.js';

/** A tenth of production: 5 s of notice, clients that learn 3 s late. */
const NOTICE_MS = 500;
const LATE_MS = 300;
/** Calls take 5 ms; the rest is for a machine that stops for a moment. */
const GRACE_MS = 1000;
const PER_SECOND = 500;
const HANDLER_MS = 5;

const opened: { close(): void }[] = [];

beforeAll(registerPushed);

afterEach(() => {
  for (const each of opened.splice(0)) each.close();
});

interface Pod {
  readonly address: string;
  drain(): Promise<DrainResult>;
}

async function startPod(): Promise<Pod> {
  const health = createHealth();
  const lifecycle = createLifecycle({
    health,
    noticeMs: NOTICE_MS,
    graceMs: GRACE_MS,
    logger: new RecordingLogger(),
    process: new FakeProcess(),
  });
  const { server, address } = await startEcho(lifecycle.serverOptions, (s) =>
    s.addService(health.definition, health.implementation),
  );
  lifecycle.attach(server);
  opened.push({ close: () => server.forceShutdown() });
  return { address, drain: () => lifecycle.drain() };
}

function client(target: string): Client {
  const made = dial(target, ROUND_ROBIN);
  opened.push(made);
  return made;
}

/** Calls at a steady rate, whatever becomes of them, until stopped; resolves to how many had which status. */
function openLoop(target: Client): { stop(): Promise<Map<status, number>> } {
  const calls: Promise<status>[] = [];
  const begun = performance.now();
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - begun) / 1000) * PER_SECOND);
    while (calls.length < due) calls.push(say(target, HANDLER_MS));
  }, 2);
  return {
    async stop() {
      clearInterval(timer);
      const counts = new Map<status, number>();
      for (const code of await Promise.all(calls)) counts.set(code, (counts.get(code) ?? 0) + 1);
      return counts;
    },
  };
}

function after(ms: number, then: () => void): Promise<void> {
  return new Promise((resolve) =>
    setTimeout(() => {
      then();
      resolve();
    }, ms),
  );
}

describe('a pod that drains under 500 calls/s and 20 streams', () => {
  it('fails no unary call of a client that learns of it late', async () => {
    const pods = await Promise.all([startPod(), startPod(), startPod()]);
    const addresses = pods.map((pod) => pod.address);
    push('late', addresses);
    const late = client('pushed:late');
    await say(late, 0);
    const streams = Array.from({ length: 20 }, () => openStream(late));
    await Promise.all(streams.map((stream) => stream.opened));
    const load = openLoop(late);
    const results: DrainResult[] = [];
    // One pod after the other, as a rolling update does; a new one takes its place.
    for (const [i, pod] of pods.slice(0, 2).entries()) {
      const replacement = await startPod();
      const drained = pod.drain();
      addresses[i] = replacement.address;
      await after(LATE_MS, () => push('late', addresses));
      results.push(await drained);
    }
    const counts = await load.stop();
    expect([...counts.keys()]).toEqual([status.OK]);
    expect(counts.get(status.OK)).toBeGreaterThan(300);
    const cut = results.reduce((sum, result) => sum + result.cut, 0);
    const ended = await Promise.all(streams.map((s) => Promise.race([s.ended, Promise.resolve(undefined)])));
    expect(ended.filter((end) => end !== undefined).map((end) => end?.code)).toEqual(
      Array.from({ length: cut }, () => status.UNAVAILABLE),
    );
    expect(cut).toBeGreaterThan(0);
    for (const stream of streams) stream.call.cancel();
  });

  it('fails no unary call of a client that never learns of it but by the connection', async () => {
    const pods = await Promise.all([startPod(), startPod(), startPod()]);
    const fixed = client(`ipv4:${pods.map((pod) => pod.address).join(',')}`);
    await say(fixed, 0);
    const load = openLoop(fixed);
    await pods[0]?.drain();
    await after(200, () => {});
    const counts = await load.stop();
    expect([...counts.keys()]).toEqual([status.OK]);
    expect(counts.get(status.OK)).toBeGreaterThan(150);
  });
});
