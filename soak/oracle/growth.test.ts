import { expect, it } from 'vitest';
import { growth } from './growth.js';

const line = (valueAt: (n: number) => number, count = 101) =>
  Array.from({ length: count }, (_, n) => ({ atMs: 1000 + 10 * n, value: valueAt(n) }));

it('is the rise of the line over the last 80 %', () => {
  expect(growth(line((n) => 5 + 2 * n))).toBeCloseTo(160);
});

it('does not look at the warm-up', () => {
  expect(growth(line((n) => (n < 20 ? n * 1000 : 7)))).toBeCloseTo(0);
});

it('is not decided by one reading at an end', () => {
  expect(Math.abs(growth(line((n) => (n === 100 ? 100 : 0))))).toBeLessThan(10);
});

it('is not moved by what is given up again', () => {
  expect(growth(line((n) => (n % 5 === 0 ? 7 : 7 + n)))).toBeCloseTo(0);
});

it('is the rise of what is never given up, below what is', () => {
  expect(growth(line((n) => 2 * n + (n % 5) * 100))).toBeCloseTo(160, -1);
});

it('is nothing without samples to draw a line through', () => {
  expect(growth([])).toBe(0);
  expect(growth(line((n) => n, 2))).toBe(0);
  expect(growth([1, 2, 3].map((value) => ({ atMs: 5, value })))).toBe(0);
});
