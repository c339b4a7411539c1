import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoffMs, UNCONNECTED_CAP_MS } from './backoff.js';

test('doubles from 0.8 s to 30 s', () => {
  const middle = [1, 2, 3, 4, 5, 6, 7, 8, 100].map((attempt) => backoffMs(attempt, () => 0.5));
  expect(middle).toEqual([800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000, 30_000]);
});

test('grows no longer than to another cap, and is the same below it', () => {
  const middle = [1, 2, 3, 4, 5, 100].map((attempt) => backoffMs(attempt, () => 0.5, UNCONNECTED_CAP_MS));
  expect(middle).toEqual([800, 1600, 3200, 5000, 5000, 5000]);
});

test('spreads over half to one and a half of the wait, also at the cap', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (attempt, r) => {
        const middle = backoffMs(attempt, () => 0.5);
        const wait = backoffMs(attempt, () => r);
        expect(wait).toBeGreaterThanOrEqual(middle / 2);
        expect(wait).toBeLessThan(middle * 1.5);
      },
    ),
  );
});
