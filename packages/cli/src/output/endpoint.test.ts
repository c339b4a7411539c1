import { expect, it } from 'vitest';
import { conditionsOf } from './endpoint.js';

it.each([
  [true, true, false, 'ready'],
  [false, false, false, 'not ready'],
  [false, true, false, 'not ready'],
  [false, true, true, 'terminating (serving)'],
  [true, true, true, 'terminating (serving)'],
  [false, false, true, 'terminating'],
])('ready %s, serving %s, terminating %s: %s', (ready, serving, terminating, words) => {
  expect(conditionsOf({ ready, serving, terminating })).toBe(words);
});
