import { describe, expect, it } from 'vitest';
import { xxh64 } from '../../hash/xxh64.js';
import { createRing, placeOf, type Ring, type RingSize } from './ring.js';

const named = (weights: readonly number[]) => weights.map((weight, i) => ({ key: `10.0.0.${i}:80`, weight }));

function placesOf({ owners }: Ring, count: number): number[] {
  return Array.from({ length: count }, (_, owner) => owners.filter((each) => each === owner).length);
}

describe('the ring of gRFC A42', () => {
  // scale = min(⌈least share × min⌉ ÷ least share, max); each gets places until share × scale are there for all so far.
  it.each<[readonly number[], RingSize, number[]]>([
    [[1, 2, 3], { min: 6, max: 100 }, [1, 2, 3]],
    [[1, 2, 3], { min: 7, max: 100 }, [2, 4, 6]],
    [[1, 2, 3], { min: 1, max: 100 }, [1, 2, 3]],
    [[1, 1], { min: 3, max: 100 }, [2, 2]],
    [[5], { min: 1024, max: 4096 }, [1024]],
    [[1, 1, 1], { min: 1024, max: 4096 }, [342, 342, 342]],
    [[3, 3, 4], { min: 10, max: 20 }, [3, 3, 4]],
    // The greatest size cuts: shares of 0.5 and 4.5 of five places.
    [[1, 9], { min: 10, max: 5 }, [1, 4]],
    [[1, 1e9], { min: 1024, max: 4096 }, [1, 4095]],
  ])('of weights %j and sizes %j has %j places for each', (weights, size, places) => {
    expect(placesOf(createRing(named(weights), size), weights.length)).toEqual(places);
  });

  it('has place i of an endpoint at the XXH64 of key_i, in order', () => {
    const ring = createRing(named([1, 2]), { min: 30, max: 100 });
    const expected = [
      ...Array.from({ length: 10 }, (_, i) => ({ hash: xxh64(`10.0.0.0:80_${i}`), owner: 0 })),
      ...Array.from({ length: 20 }, (_, i) => ({ hash: xxh64(`10.0.0.1:80_${i}`), owner: 1 })),
    ].sort((a, b) => (a.hash < b.hash ? -1 : 1));
    expect([...ring.hashes]).toEqual(expected.map(({ hash }) => hash));
    expect([...ring.owners]).toEqual(expected.map(({ owner }) => owner));
  });

  it('gives a hash the first place at or after it, and what is after the last one the first', () => {
    const ring: Ring = { hashes: BigUint64Array.of(10n, 20n, 30n), owners: Int32Array.of(0, 1, 2) };
    const max = 2n ** 64n - 1n;
    const places = [0n, 9n, 10n, 11n, 20n, 29n, 30n, 31n, max].map((hash) => placeOf(ring, hash));
    expect(places).toEqual([0, 0, 0, 1, 1, 2, 2, 0, 0]);
  });

  it('gives nobody a new place when another endpoint comes', () => {
    const size = { min: 1024, max: 4096 };
    for (const n of [1, 2, 5, 9, 10, 24]) {
      const before = createRing(named(Array(n).fill(1)), size);
      const after = createRing(named(Array(n + 1).fill(1)), size);
      const had = new Map([...before.hashes].map((hash, i) => [hash, before.owners[i]]));
      for (const [i, hash] of after.hashes.entries()) {
        if (after.owners[i] !== n) expect(had.get(hash)).toBe(after.owners[i]);
      }
    }
  });
});
