import { describe, expect, it } from 'vitest';
import { seededRandom } from '#commands/random.js';
import { estimate, median, quantile } from './statistics.js';

describe('median', () => {
  it.each([
    { values: [3], expected: 3 },
    { values: [9, 1, 5], expected: 5 },
    { values: [4, 1, 3, 2], expected: 2.5 },
    { values: [10, 9, 2], expected: 9 },
  ])('of $values is $expected', ({ values, expected }) => {
    expect(median(values)).toBe(expected);
  });

  it('leaves its input as it is', () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });

  it('of nothing is an error, not a number', () => {
    expect(() => median([])).toThrow('there are no values');
  });
});

it('a quantile lies between its neighbours in proportion', () => {
  expect(quantile([0, 10, 20], 0.25)).toBe(5);
  expect(quantile([0, 10, 20], 1)).toBe(20);
});

describe('estimate', () => {
  it('gives the same interval for the same samples', () => {
    const values = [1.2, 1.5, 1.1, 1.9, 1.4, 1.3, 1.6];
    expect(estimate(values)).toEqual(estimate(values));
  });

  it('of equal values is an interval without width', () => {
    expect(estimate([2, 2, 2, 2, 2, 2, 2])).toEqual({ median: 2, low: 2, high: 2 });
  });

  it('is hardly moved by an outlier', () => {
    const values = [1, 1.01, 0.99, 1.02, 0.98, 1, 1.01, 0.99, 1, 100];
    const { median: middle, high } = estimate(values);
    expect(middle).toBeCloseTo(1, 2);
    expect(high).toBeLessThan(1.05);
  });

  it('holds the true median in about 95 of 100 experiments', () => {
    const random = seededRandom(42);
    const experiments = 400;
    let held = 0;
    for (let k = 0; k < experiments; k++) {
      const values = Array.from({ length: 25 }, random);
      const { low, high } = estimate(values, { seed: k, resamples: 400 });
      if (low <= 0.5 && high >= 0.5) held++;
    }
    expect(held / experiments).toBeGreaterThan(0.9);
    expect(held / experiments).toBeLessThan(0.99);
  });

  it('is narrower with more rounds', () => {
    const random = seededRandom(3);
    const width = (rounds: number): number => {
      const { low, high } = estimate(Array.from({ length: rounds }, random));
      return high - low;
    };
    expect(width(400)).toBeLessThan(width(12));
  });
});
