import { afterEach, describe, expect, it } from 'vitest';
import type { FakeCluster } from '../../../test/doubles/fake-cluster.js';
import { closeSources, followSource, hosts, type Recorder } from '../../../test/doubles/followed-source.js';
import { slice } from '../../../test/doubles/slices.js';
import { scopeOf } from '../../../test/doubles/versioned-cluster.js';
import { macrotask } from '../../../test/doubles/virtual-clock.js';
import type { KubeObject } from '../client/client.js';

afterEach(closeSources);

const COUNT = 130;
const LAST = COUNT - 1;

const sliceOf = (n: number, host = n, resourceVersion = '1'): KubeObject =>
  slice({ name: `s${n}`, service: `svc${n}`, endpoints: hosts(host), resourceVersion });
const list = (): KubeObject[] => Array.from({ length: COUNT }, (_, n) => sliceOf(n));

const handlerOf = ({ reflectors }: FakeCluster, scope: string) => {
  const found = reflectors.find((each) => !each.closed && scopeOf(each) === scope);
  if (found === undefined) throw new Error(`nothing watches ${scope}`);
  return found.handler;
};

function watchAll() {
  const followed = followSource({ watchScope: 'namespace' });
  const observers = Array.from({ length: COUNT }, (_, n) => followed.watch(`k8s:///svc${n}.ns:tcp`));
  return { ...followed, observers };
}

const told = (observers: readonly Recorder[]): number =>
  observers.filter(({ sets }) => sets.length > 0).length;

async function untilTold(observers: readonly Recorder[]): Promise<void> {
  for (let turn = 0; told(observers) < COUNT && turn < 100; turn++) await macrotask();
  expect(told(observers)).toBe(COUNT);
}

describe('a list of many Services', () => {
  it('is told some Services in each turn of the event loop, and each of them once', async () => {
    const { cluster, observers } = watchAll();
    await macrotask();
    handlerOf(cluster, 'namespace ns').replace(list());
    await Promise.resolve();
    const first = told(observers);
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(COUNT);
    await untilTold(observers);
    expect(observers.map(({ keys }) => keys)).toEqual(observers.map((_, n) => [`10.0.0.${n}:8088`]));
    expect(observers.every(({ sets }) => sets.length === 1)).toBe(true);
  });

  it('brings a Service no less when an event comes before its turn', async () => {
    const { cluster, observers } = watchAll();
    await macrotask();
    const { replace, upsert } = handlerOf(cluster, 'namespace ns');
    replace(list());
    upsert(slice({ name: 'more', service: `svc${LAST}`, endpoints: hosts(200), resourceVersion: '2' }));
    await untilTold(observers);
    expect(observers[LAST]?.keys).toEqual([`10.0.0.${LAST}:8088`, '10.0.0.200:8088'].sort());
  });

  it('is not lost for a Service that passes to another watch before its turn', async () => {
    const { cluster, clock, observers, watch } = watchAll();
    await macrotask();
    handlerOf(cluster, 'namespace ns').replace(list());
    await untilTold(observers);
    watch(`k8s:///svc${LAST}.ns:tcp`, undefined, { watchScope: 'cluster' });
    const wider = handlerOf(cluster, 'cluster');
    wider.replace([]);
    await clock.advance(1_000);
    // Both watches hear that the last Service has moved: one by a list, whose turn has not come, one by an event.
    const changed = observers.map((_, n) => sliceOf(n, n, '2'));
    handlerOf(cluster, 'namespace ns').replace([...changed.slice(0, LAST), sliceOf(LAST, 200, '2')]);
    wider.upsert(sliceOf(LAST, 200, '2'));
    await clock.advance(1_000);
    expect(observers[LAST]?.keys).toEqual(['10.0.0.200:8088']);
  });

  it('is told to nobody once the source is closed', async () => {
    const { cluster, source, observers } = watchAll();
    await macrotask();
    handlerOf(cluster, 'namespace ns').replace(list());
    source.close();
    for (let turn = 0; turn < 10; turn++) await macrotask();
    expect(told(observers)).toBe(0);
  });
});
