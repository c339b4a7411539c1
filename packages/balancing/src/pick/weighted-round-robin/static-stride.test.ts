import { describe, expect, it } from 'vitest';
import { StaticStride } from './static-stride.js';

function picks(weights: readonly number[], count: number, start = 0): number[] {
  const stride = new StaticStride(weights, start);
  return Array.from({ length: count }, () => stride.next());
}

function counts(weights: readonly number[], count: number, start = 0): number[] {
  const each = weights.map(() => 0);
  for (const index of picks(weights, count, start)) each[index] = (each[index] ?? 0) + 1;
  return each;
}

describe('static stride (gRFC A58)', () => {
  // Of weight w (the greatest is 65,535) index i is passed over in generation g unless
  // (w × g + 32,767 × i) mod 65,535 ≥ 65,535 − w.
  it.each<[string, readonly number[], number[]]>([
    ['equal ones take turns', [5, 5, 5], [0, 1, 2, 0, 1, 2, 0]],
    // 32,768 and 65,535. Generations 0 and 2: 0 and 1 are below 32,767; 1 and 3: 32,768 and 32,769 are not.
    ['half as much comes every other time', [1, 2], [1, 0, 1, 1, 0, 1, 1, 0]],
    // 65,535 and 32,768 at an offset of 32,767: 32,767, then 0, 32,768 …
    ['the second of two begins elsewhere', [2, 1], [0, 1, 0, 0, 1, 0, 0, 1]],
    // 21,845, 43,690, 65,535. Generation 0: 0 and 32,767 against 43,690 and 21,845; 1: 21,845 and 10,922; 2: 43,690 and 54,612.
    ['one, two and three', [1, 2, 3], [1, 2, 2, 0, 1, 2, 1, 2, 2, 0, 1, 2]],
  ])('%s', (_what, weights, sequence) => {
    expect(picks(weights, sequence.length)).toEqual(sequence);
  });

  it.each<[string, readonly number[], number, number[]]>([
    ['are exact after one round of the weights', [1, 2, 3], 6, [1, 2, 3]],
    ['take the mean for none', [3, 0, 1], 6, [3, 2, 1]],
    // The mean is 5: 81 counts as 50.
    ['count no more than ten times the mean', [81, ...Array(19).fill(1)], 69, [50, ...Array(19).fill(1)]],
    // The mean is 50: next to nothing counts as 5.
    ['count no less than a tenth of it', [100, 1e-10], 21, [20, 1]],
    // In 65,535 generations each index comes as often as its weight says.
    ['are exact over all generations', [1, 2, 3], 65_535 * 2, [21_845, 43_690, 65_535]],
  ])('weights %s', (_what, weights, count, expected) => {
    expect(counts(weights, count)).toEqual(expected);
  });

  it('begins anywhere, and goes on at the same place with other weights', () => {
    expect(counts([1, 2, 3], 65_535 * 2, 12_345)).toEqual([21_845, 43_690, 65_535]);
    const first = new StaticStride([1, 1, 1], 4);
    expect([first.next(), first.position]).toEqual([1, 5]);
    expect(new StaticStride([7, 7, 7], first.position).next()).toBe(2);
  });
});
