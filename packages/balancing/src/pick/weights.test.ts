import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostOf } from '../../test/hosts.js';
import { AliasTable } from './alias-table.js';
import { Deadlines } from './round-robin/deadlines.js';
import { StaticStride } from './weighted-round-robin/static-stride.js';

const PICKS = 200_000;

function shares(weights: readonly number[], next: () => number): number[] {
  const counts = new Array<number>(weights.length).fill(0);
  for (let i = 0; i < PICKS; i++) {
    const index = next();
    counts[index] = (counts[index] ?? 0) + 1;
  }
  return counts.map((count) => count / PICKS);
}

function ideal(weights: readonly number[]): number[] {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

const LISTS = [
  [1],
  [1, 1],
  [1, 2, 3],
  [0.1, 1, 1, 1],
  [5, 5, 50],
  Array.from({ length: 50 }, (_, i) => 1 + (i % 7)),
];

describe.each(LISTS)('weights %j %j %j', (...given) => {
  const weights = given.filter((weight): weight is number => typeof weight === 'number');
  const { random } = hostOf(7);

  it.each<[string, () => number, number]>([
    [
      'draws',
      (
        (table) => () =>
          table.draw(random)
      )(new AliasTable(weights)),
      0.05,
    ],
    [
      'deadlines',
      (
        (deadlines) => () =>
          deadlines.next()
      )(new Deadlines(weights, random)),
      0.005,
    ],
    [
      'strides',
      (
        (stride) => () =>
          stride.next()
      )(new StaticStride(weights, 0)),
      0.005,
    ],
  ])('%s come in proportion', (_what, next, tolerance) => {
    const want = ideal(weights);
    shares(weights, next).forEach((share, i) => {
      expect(Math.abs(share / (want[i] ?? 0) - 1)).toBeLessThan(tolerance);
    });
  });
});

it('every draw is of somebody who is there, whatever the weights', () => {
  const weight = fc.oneof(fc.double({ min: 1e-3, max: 1e9, noNaN: true }), fc.constantFrom(1e-3, 1, 1e9));
  fc.assert(
    fc.property(fc.array(weight, { minLength: 1, maxLength: 40 }), fc.integer(), (weights, seed) => {
      const { random } = hostOf(seed);
      const table = new AliasTable(weights);
      const deadlines = new Deadlines(weights, random);
      const stride = new StaticStride(weights, Math.floor(random() * 1000) * weights.length);
      for (let i = 0; i < 50; i++) {
        for (const index of [table.draw(random), deadlines.next(), stride.next()]) {
          expect(weights[index]).toBeDefined();
        }
      }
    }),
  );
});

it('deadlines never let one index have a burst', () => {
  const deadlines = new Deadlines([3, 1], () => 0.5);
  const order = Array.from({ length: 4000 }, () => deadlines.next()).join('');
  // Four in a row where both deadlines fall together, as rounding has it.
  expect(order).not.toContain('00000');
  expect(order).not.toContain('11');
});

it('strides give who has no weight the mean, and keep odd weights within 0.1 and 10 times the mean', () => {
  const share = (weights: readonly number[]): number[] => {
    const stride = new StaticStride(weights, 0);
    return shares(weights, () => stride.next());
  };
  const [most = 0, some = 0, unknown = 0] = share([4, 2, 0]);
  expect(most).toBeCloseTo(4 / 9, 2);
  expect(some).toBeCloseTo(2 / 9, 2);
  expect(unknown).toBeCloseTo(3 / 9, 2);
  const [least = 0, ...others] = share([1e-6, 1, 1, 1]);
  expect(least / (others[0] ?? 1)).toBeCloseTo(0.075, 2);
});
