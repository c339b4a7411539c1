import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { slice } from '../../../test/doubles/slices.js';
import { macrotask } from '../../../test/doubles/virtual-clock.js';
import { GradualMerge } from './gradual-merge.js';
import { parseSlice } from './slice.js';
import { SliceMerge, type SlicePortView } from './slice-merge.js';

function viewOf(name: string, numbers: readonly number[]): SlicePortView {
  const endpoints = numbers.map((n) => ({ host: `10.0.${n >> 8}.${n & 255}`, uid: `u${n}` }));
  const parsed = parseSlice(slice({ name, endpoints }), undefined, () => {});
  return { id: `ns/${name}`, name, port: 8088, endpoints: parsed?.endpoints ?? [] };
}

/** A merge of slices that a test changes, three endpoints a turn unless said otherwise. */
function setUp(options: { readonly endpointsPerTurn?: number } = { endpointsPerTurn: 3 }) {
  const slices = new Map<string, SlicePortView>();
  const seen: string[][] = [];
  const view = (id: string): SlicePortView | undefined => slices.get(id);
  const onMerged = (): void => void seen.push([...merge.endpoints.keys()].sort());
  const merge = new GradualMerge({ view, onMerged, ...options });
  const put = (name: string, ...numbers: number[]): void => {
    slices.set(`ns/${name}`, viewOf(name, numbers));
    merge.update([`ns/${name}`]);
  };
  return { slices, merge, seen, put };
}

async function untilMerged(merge: GradualMerge): Promise<void> {
  while (merge.busy) await macrotask();
}

const keys = (...numbers: number[]): string[] => numbers.map((n) => `10.0.0.${n}:8088`);

describe('GradualMerge', () => {
  it('merges little before it returns', () => {
    const { merge, seen, put } = setUp();
    put('a', 1, 2);
    put('b', 3);
    expect(seen).toEqual([keys(1, 2), keys(1, 2, 3)]);
    expect([...merge.takeChanged()]).toEqual(keys(1, 2, 3));
    expect([...merge.takeChanged()]).toEqual([]);
  });

  it('leaves turns to others while it merges much, and tells of the end only', async () => {
    const { merge, seen, slices } = setUp();
    for (const [index, name] of ['a', 'b', 'c', 'd'].entries()) {
      slices.set(`ns/${name}`, viewOf(name, [2 * index + 1, 2 * index + 2]));
    }
    merge.update(slices.keys());
    expect([merge.busy, merge.endpoints.size, seen]).toEqual([true, 4, []]);
    await untilMerged(merge);
    expect(seen).toEqual([keys(1, 2, 3, 4, 5, 6, 7, 8)]);
  });

  it('takes in what changes meanwhile, as it is when its turn comes', async () => {
    const { merge, seen, slices, put } = setUp();
    slices.set('ns/a', viewOf('a', [1, 2, 3]));
    slices.set('ns/b', viewOf('b', [4, 5, 6]));
    merge.update(slices.keys());
    put('a', 1);
    put('b', 7);
    slices.delete('ns/b');
    put('c', 8);
    await untilMerged(merge);
    expect(seen).toEqual([keys(1, 8)]);
  });

  it('stops in the middle when it is closed', async () => {
    const { merge, seen, slices } = setUp();
    slices.set('ns/a', viewOf('a', [1, 2, 3]));
    slices.set('ns/b', viewOf('b', [4]));
    merge.update(slices.keys());
    merge.close();
    await macrotask();
    expect(seen).toEqual([]);
  });

  it('merges almost a thousand endpoints at once by default', () => {
    const { merge, slices } = setUp({});
    const hundred = (from: number): number[] => Array.from({ length: 100 }, (_, n) => from + n);
    for (let index = 0; index < 9; index++) {
      slices.set(`ns/s${index}`, viewOf(`s${index}`, hundred(100 * index)));
    }
    merge.update(slices.keys());
    expect([merge.busy, merge.endpoints.size]).toEqual([false, 900]);
    slices.set('ns/t', viewOf('t', hundred(900)));
    merge.update(slices.keys());
    expect(merge.busy).toBe(true);
    merge.close();
  });

  it('ends with what a merge in one go says, whatever comes between its turns', async () => {
    const someNumbers = fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { maxLength: 5 });
    const someChange = fc.record({
      name: fc.constantFrom('a', 'b', 'c'),
      numbers: fc.option(someNumbers),
      wait: fc.boolean(),
    });
    const property = fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.array(someChange, { maxLength: 4 }), { maxLength: 8 }),
      async (endpointsPerTurn, rounds) => {
        const { slices, merge, seen } = setUp({ endpointsPerTurn });
        const changed = new Set<string>();
        for (const round of rounds) {
          for (const { name, numbers } of round) {
            if (numbers === null) slices.delete(`ns/${name}`);
            else slices.set(`ns/${name}`, viewOf(name, numbers));
          }
          merge.update(round.map(({ name }) => `ns/${name}`));
          if (round.some(({ wait }) => wait)) await macrotask();
          if (!merge.busy) for (const key of merge.takeChanged()) changed.add(key);
        }
        await untilMerged(merge);
        for (const key of merge.takeChanged()) changed.add(key);
        const whole = new SliceMerge();
        for (const view of slices.values()) whole.update(view);
        whole.settle();
        expect([...merge.endpoints.keys()].sort()).toEqual([...whole.endpoints.keys()].sort());
        // An endpoint keeps the name of the slice in which it was found first.
        for (const [key, { slice: _, ...facts }] of whole.endpoints) {
          expect(merge.endpoints.get(key)).toMatchObject(facts);
        }
        for (const key of whole.endpoints.keys()) expect(changed).toContain(key);
        if (rounds.length > 0) expect(seen.at(-1)).toEqual([...whole.endpoints.keys()].sort());
        merge.close();
      },
    );
    await fc.assert(property, { numRuns: 200 });
  });
});
