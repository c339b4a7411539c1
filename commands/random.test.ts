import { describe, expect, it } from 'vitest';
import { seededRandom, shuffled } from './random.js';

describe('seededRandom', () => {
  it('repeats itself for a seed, stays in [0, 1) and has no preference', () => {
    const draw = (seed: number): number[] => {
      const random = seededRandom(seed);
      return Array.from({ length: 10_000 }, random);
    };
    const values = draw(7);
    expect(draw(7)).toEqual(values);
    expect(draw(8)).not.toEqual(values);
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(values.reduce((sum, value) => sum + value) / values.length).toBeCloseTo(0.5, 1);
  });
});

describe('shuffled', () => {
  it('keeps what is in the list, and puts each item in each place equally often', () => {
    const random = seededRandom(1);
    const counts = new Map<string, number>();
    for (let k = 0; k < 6000; k++) {
      const order = shuffled(['a', 'b', 'c'], random).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(['abc', 'acb', 'bac', 'bca', 'cab', 'cba']);
    for (const count of counts.values()) expect(count).toBeGreaterThan(850);
  });
});
