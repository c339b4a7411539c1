import { expect, it } from 'vitest';
import { seededRandom } from '#commands/random.js';
import { ACTION_NAMES, type Burst, planBursts } from './plan.js';

function first(bursts: number, seed: number): Burst[] {
  const plan = planBursts(seededRandom(seed));
  return Array.from({ length: bursts }, () => plan.next().value);
}

it('is the same for the same seed, and another for another', () => {
  expect(first(20, 7)).toEqual(first(20, 7));
  expect(first(20, 7)).not.toEqual(first(20, 8));
});

it('brings every action before any comes again', () => {
  const names = first(200, 1)
    .flatMap(({ steps }) => steps)
    .map(({ action }) => action);
  const deck = ACTION_NAMES.length;
  for (let at = 0; at + deck <= names.length; at += deck) {
    expect(new Set(names.slice(at, at + deck)).size).toBe(deck);
  }
});

it('has bursts of one to three actions', () => {
  expect(new Set(first(100, 3).map(({ steps }) => steps.length))).toEqual(new Set([1, 2, 3]));
});
