import { afterEach, describe, expect, it } from 'vitest';
import { FakeCluster } from '../../../test/doubles/fake-cluster.js';
import { type Recording, recording, replay, scenarios } from '../../../test/doubles/recordings.js';
import { macrotask, VirtualClock } from '../../../test/doubles/virtual-clock.js';
import { type EndpointSet, usableEndpoints } from '../../endpoint-set.js';
import type { EndpointSource } from '../../source.js';
import { parseTarget } from '../../target.js';
import type { KubeObject } from '../client/client.js';
import { createKubernetesSource } from '../source.js';

const open: EndpointSource[] = [];
afterEach(() => {
  for (const source of open.splice(0)) source.close();
});

/** A source of its own and all sets that it published. */
function follow(target = 'k8s:///serv-ca.nspace:tcp') {
  const cluster = new FakeCluster();
  const clock = new VirtualClock();
  const source = createKubernetesSource({
    client: cluster.client,
    createReflector: cluster.createReflector,
    clock,
    random: () => 0.5,
  });
  open.push(source);
  const sets: EndpointSet[] = [];
  source.watch(parseTarget(target), { onSet: (set) => sets.push(set) }, { ref: false });
  return { cluster, clock, sets, last: () => sets.at(-1) as EndpointSet };
}

async function afresh(slices: readonly KubeObject[], target?: string): Promise<EndpointSet> {
  const fresh = follow(target);
  fresh.cluster.slices.replace(slices);
  await macrotask();
  return fresh.last();
}

const hosts = (endpoints: EndpointSet['endpoints']): string[] =>
  endpoints.map((endpoint) => endpoint.addresses[0]?.host as string).sort();

/** Endpoints that no pod stands behind, from the slice made by hand. */
const BY_HAND: Record<string, { ready: string[]; notReady: string[] }> = {
  'manual-slice': { ready: ['10.244.9.9'], notReady: ['10.244.9.10'] },
  watchlist: { ready: ['10.244.9.9'], notReady: ['10.244.9.10'] },
};

function expectPods(set: EndpointSet, { scenario, pods }: Recording): void {
  const extra = BY_HAND[scenario] ?? { ready: [], notReady: [] };
  const unreadyToo = scenario === 'publish-not-ready' ? pods.notReady : [];
  expect(hosts(usableEndpoints(set))).toEqual([...pods.ready, ...extra.ready, ...unreadyToo].sort());
  const rest = set.endpoints.filter((endpoint) => !endpoint.serving && !endpoint.terminating);
  expect(hosts(rest)).toEqual([...pods.notReady, ...extra.notReady].sort());
  expect(hosts(set.endpoints.filter((endpoint) => endpoint.terminating))).toEqual(
    [...pods.terminating].sort(),
  );
}

/** How a client may happen to read the same bytes. */
const READERS: Record<
  string,
  (events: Recording['events'], each: (at: number) => void, clock: VirtualClock) => Promise<void>
> = {
  'all events in one macrotask': async (events, each) => {
    for (const at of events.keys()) each(at);
  },
  'one event per macrotask': async (events, each) => {
    for (const at of events.keys()) {
      each(at);
      await macrotask();
    }
  },
  'one event per second': async (events, each, clock) => {
    for (const at of events.keys()) {
      each(at);
      await clock.advance(1000);
    }
  },
};

describe.each(scenarios())('recording %s', (scenario) => {
  const recorded = recording(scenario);

  it.each(Object.keys(READERS))('ends at the pods, read with %s', async (reader) => {
    const { cluster, clock, last } = follow();
    cluster.slices.replace(scenario === 'watchlist' ? [] : recorded.list);
    await macrotask();
    await READERS[reader]?.(
      recorded.events,
      (at) => replay(cluster.slices, recorded.events[at] as never),
      clock,
    );
    await clock.advance(1000);

    expectPods(last(), recorded);
    const fresh = await afresh(recorded.final);
    expect(last().version).toBe(fresh.version);
    expect(last().endpoints.map((each) => ({ ...each, slice: '' }))).toEqual(
      fresh.endpoints.map((each) => ({ ...each, slice: '' })),
    );
    expect(last().state).toEqual({ kind: 'live' });
  });

  it('gives the same set through a relist in the place of the watch', async () => {
    const { cluster, clock, last } = follow();
    cluster.slices.replace(recorded.list);
    await macrotask();
    cluster.slices.replace(recorded.final);
    await clock.advance(1000);
    expectPods(last(), recorded);
    expect(last().version).toBe((await afresh(recorded.final)).version);
  });
});

describe('recordings of real Kubernetes', () => {
  it('never publish a set without a usable endpoint during a rolling restart', async () => {
    for (const scenario of ['rollout-small', 'rollout-150', 'scale-150', 'scale-down']) {
      const recorded = recording(scenario);
      const { cluster, sets } = follow();
      cluster.slices.replace(recorded.list);
      for (const event of recorded.events) {
        await macrotask();
        replay(cluster.slices, event);
      }
      await macrotask();
      expect(sets.length).toBeGreaterThan(1);
      expect(sets.filter((set) => usableEndpoints(set).length === 0)).toEqual([]);
    }
  });

  it('follow the targetPort of a headless Service only as far as the target allows', async () => {
    const recorded = recording('target-port-change');
    const byName = await afresh(recorded.final, 'k8s:///serv-ca.nspace:tcp');
    const byOldNumber = await afresh(recorded.final, 'k8s:///serv-ca.nspace:8088');
    const byNewNumber = await afresh(recorded.final, 'k8s:///serv-ca.nspace:9099');
    expect(byName.endpoints.every((endpoint) => endpoint.addresses[0]?.port === 9099)).toBe(true);
    expect(byNewNumber.version).toBe(byName.version);
    expect(byOldNumber.absence).toEqual({
      code: 'NO_PORT',
      message: 'no port 8088; the Service has tcp (9099)',
    });
  });

  it('drop the old port of a pod in the tick in which the new one is read', async () => {
    const recorded = recording('target-port-change');
    const { cluster, last } = follow();
    cluster.slices.replace(recorded.list);
    await macrotask();
    for (const event of recorded.events) replay(cluster.slices, event);
    await macrotask();
    expect(new Set(last().endpoints.map((endpoint) => endpoint.addresses[0]?.port))).toEqual(new Set([9099]));
  });

  it('keep the endpoints of a deleted Service for the settle time and then say that it is gone', async () => {
    const recorded = recording('service-recreated');
    const { cluster, clock, last } = follow();
    cluster.service = null;
    cluster.slices.replace(recorded.list);
    await macrotask();
    const deletions = recorded.events.filter((event) => event.type === 'DELETED');
    for (const event of deletions) replay(cluster.slices, event);
    await clock.advance(499);
    expect(last().endpoints.length).toBeGreaterThan(0);
    await clock.advance(1);
    expect(last().endpoints).toEqual([]);
    expect(last().absence?.message).toBe('Service serv-ca does not exist in namespace nspace');
    for (const event of recorded.events) if (event.type !== 'DELETED') replay(cluster.slices, event);
    await macrotask();
    expect(last().version).toBe((await afresh(recorded.final)).version);
    expect(last().absence).toBeUndefined();
  });
});
