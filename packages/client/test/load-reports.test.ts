import { encodeLoadReport } from '@fairlead/balancing';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { registerWith } from '../src/registration/register.js';
import { Echo, until } from './support/calls.js';
import { FakeSource, fakeCluster } from './support/fake-source.js';
import { type Pod, startPods } from './support/pods.js';

const source = new FakeSource();
const clients: Echo[] = [];
let pods: Pod[] = [];
/** Calls in flight that each pod says it has. */
const inFlight = new Map<string, number>();

beforeAll(() => {
  const quiet = (): void => {};
  const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };
  registerWith({ logger }, { openCluster: () => fakeCluster(source) });
});

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
  for (const pod of pods) pod.stop();
  inFlight.clear();
});

async function start(count: number, reporting: boolean): Promise<void> {
  pods = await startPods(count);
  if (reporting) {
    for (const pod of pods) {
      pod.stop();
      pod.options = {
        loadReport: () =>
          encodeLoadReport({ requestsInFlight: inFlight.get(pod.name) ?? 0, latencyMs: 500, rps: 100 }),
      };
      await pod.start();
    }
  }
  source.push(pods.map((pod) => pod.endpoint));
}

/** Reports on streams, however many calls there are. */
const ON_STREAMS = { weightedRoundRobin: { outOfBand: true, outOfBandMs: 100 } };

function dial(pick: object = { loadAware: {} }): Echo {
  const config = { loadBalancingConfig: [{ fairlead: { pick } }] };
  const client = new Echo('k8s:///svc.ns:8088', { 'grpc.service_config': JSON.stringify(config) });
  clients.push(client);
  return client;
}

const streams = (): number => pods.reduce((sum, pod) => sum + pod.reportStreams, 0);

it('loadAware keeps away from the pod that says it is busy, and comes back', async () => {
  await start(3, true);
  const client = dial();
  inFlight.set('pod-1', 1000);
  await until(async () => !('pod-1' in (await client.spread(100))), 'no call to the busy pod');
  inFlight.set('pod-1', 0);
  await until(async () => ((await client.spread(100))['pod-1'] ?? 0) > 10, 'calls to it again');
});

it('channels of a process share the streams, which are closed at rest', async () => {
  await start(2, true);
  const two = [dial(ON_STREAMS), dial(ON_STREAMS)];
  await until(async () => {
    for (const client of two) await client.spread(20);
    return streams() === 2;
  }, 'a stream for each pod');
  for (let i = 0; i < 5; i++) {
    for (const client of two) await client.spread(20);
    expect(streams()).toBeLessThanOrEqual(2);
  }
  await until(() => streams() === 0, 'no stream at rest');
});

it('a pod that leaves is not asked any more', async () => {
  await start(3, true);
  const client = dial(ON_STREAMS);
  const [gone, ...stay] = pods;
  await until(async () => {
    await client.spread(20);
    return streams() === 3;
  }, 'a stream for each pod');
  source.push(stay.map((pod) => pod.endpoint));
  await until(async () => {
    await client.spread(20);
    return gone?.reportStreams === 0;
  }, 'no stream to who left');
  expect(stay.map((pod) => pod.reportStreams)).toEqual([1, 1]);
});

it('pods without load reports are called as before, and asked three times for each connection', async () => {
  await start(3, false);
  const client = dial();
  const asked = (): number[] => pods.map((pod) => pod.asked);
  await until(async () => {
    await client.spread(50);
    return Math.min(...asked()) >= 3;
  }, 'each pod is asked');
  expect(Object.keys(await client.spread(300))).toHaveLength(3);
  expect(asked()).toEqual([3, 3, 3]);
});

it('a pod that comes back with load reports is asked anew', async () => {
  await start(3, false);
  const client = dial();
  const [first] = pods;
  if (first === undefined) throw new Error('no pods');
  await until(async () => {
    await client.spread(50);
    return first.asked > 0;
  }, 'it is asked');
  first.stop();
  first.options = { loadReport: () => encodeLoadReport({ requestsInFlight: 0, latencyMs: 1 }) };
  await first.start();
  await until(async () => {
    await client.spread(50).catch(() => {});
    return first.asked > 10;
  }, 'it is asked again and again');
});
