import { afterEach, describe, expect, it } from 'vitest';
import { closeSources, followSource, type Recorder } from '../../../test/doubles/followed-source.js';
import { slice } from '../../../test/doubles/slices.js';
import { macrotask } from '../../../test/doubles/virtual-clock.js';
import type { KubeObject } from '../client/client.js';

afterEach(closeSources);

const SLICES = 30;
const PER_SLICE = 100;

function sliceOf(index: number, from = index * PER_SLICE, count = PER_SLICE): KubeObject {
  const endpoints = Array.from({ length: count }, (_, n) => {
    const number = from + n;
    return { host: `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`, uid: `u${number}` };
  });
  return slice({ name: `s${index}`, endpoints });
}

const all = (): KubeObject[] => Array.from({ length: SLICES }, (_, index) => sliceOf(index));

async function untilTold(observer: Recorder, sets: number): Promise<void> {
  for (let turn = 0; observer.sets.length < sets && turn < 100; turn++) await macrotask();
}

describe('a Service of thousands of endpoints', () => {
  it('is told whole, with what changed while it was merged', async () => {
    const { cluster, watch } = followSource();
    const observer = watch('k8s:///svc.ns:8088');
    await macrotask();
    cluster.slices.replace(all());
    await macrotask();
    expect(observer.sets).toEqual([]);
    cluster.slices.upsert(sliceOf(SLICES, SLICES * PER_SLICE));
    cluster.slices.remove(sliceOf(SLICES - 1));
    await untilTold(observer, 1);
    expect(observer.sets.map(({ endpoints }) => endpoints.length)).toEqual([SLICES * PER_SLICE]);
    expect(observer.last.reason).toBe('first list');
  });

  it('loses no endpoint that moves to another slice, though a wait ends in the middle of the merge', async () => {
    const { cluster, clock, watch } = followSource();
    const observer = watch('k8s:///svc.ns:8088');
    cluster.slices.replace(all());
    await untilTold(observer, 1);
    const before = observer.last.endpoints;
    cluster.slices.upsert(sliceOf(SLICES - 1, (SLICES - 1) * PER_SLICE, PER_SLICE - 1));
    await macrotask();
    // Everything moves one slice on, and the wait for the one that is gone ends before its new slice is merged.
    const moved = Array.from({ length: SLICES }, (_, index) =>
      sliceOf((index + 1) % SLICES, index * PER_SLICE),
    );
    cluster.slices.replace(moved);
    await clock.advance(50);
    for (let turn = 0; turn < 20; turn++) await macrotask();
    await clock.advance(5_000);
    expect(observer.sets).toHaveLength(1);
    expect(observer.last.endpoints).toBe(before);
  });

  it('is told no more once its observer has gone', async () => {
    const { cluster, source, watch } = followSource();
    const observer = watch('k8s:///svc.ns:8088');
    await macrotask();
    cluster.slices.replace(all());
    source.close();
    for (let turn = 0; turn < 20; turn++) await macrotask();
    expect(observer.sets).toEqual([]);
  });
});
