import { expect, it } from 'vitest';
import { isEven, spreadOf } from './shares.js';

const calls = (...counts: number[]) => new Map(counts.map((count, i) => [`10.0.0.${i}:1`, count]));

it('gives percents, largest first', () => {
  expect(spreadOf(calls(100, 300))).toEqual({ total: 400, percents: [75, 25] });
});

it.each([
  [[250, 250, 250, 250], 4, true],
  [[230, 270, 250, 250], 4, true],
  [[220, 280, 250, 250], 4, false],
  [[500, 500], 4, false],
  [[], 4, false],
])('says of %j over %i pods that it is even: %s', (counts, pods, even) => {
  expect(isEven(spreadOf(calls(...counts)), pods, 2)).toBe(even);
});
