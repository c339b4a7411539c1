import { expect, it } from 'vitest';
import { amplification, bytesPerClient, compare, figureOf, type Taken, type Turn } from './figures.js';

const turns = (values: readonly number[]): Turn[] =>
  values.map((value) => ({ p50Ms: value, p99Ms: 2 * value, cpuUs: 10 * value }));

const taken = (first: readonly number[], again: readonly number[], more: Partial<Taken> = {}): Taken => ({
  turns: turns(first),
  again: turns(again),
  sent: { responses: 0, resources: 0, bytes: 0 },
  ...{ changes: 0, aloneBytes: 0, endBytes: 0 },
  ...more,
});

it('takes the median of both turns of a round, and one against the other as the control', () => {
  const { value, control } = figureOf(taken([1, 2, 3], [2, 4, 6]), 'cpuUs');
  expect(value).toBe(25);
  expect(control).toBe(2);
});

it('compares within rounds, so that a slow round slows both', () => {
  const ours = taken([2, 200, 4], [2, 2, 2]);
  const theirs = taken([1, 100, 2], [1, 1, 1]);
  expect(compare(ours, theirs, 'p50Ms')).toEqual({ median: 2, low: 2, high: 2 });
});

it('counts what was sent beyond what there was to say', () => {
  const sent = { responses: 40, resources: 60, bytes: 1_000 };
  expect(amplification(taken([], [], { sent, changes: 10 }), 2)).toBe(3);
});

it('spreads the memory of all clients over them', () => {
  expect(bytesPerClient(taken([], [], { aloneBytes: 1_000, endBytes: 9_000 }), 200)).toBe(40);
});
