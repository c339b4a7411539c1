import { expect, it } from 'vitest';
import { roleOf } from './conditions.js';

it.each([
  // ready, serving, terminating
  [true, true, false, 'ready'],
  [true, false, false, 'ready'],
  [false, true, false, 'out'],
  [false, false, false, 'out'],
  [false, true, true, 'fallback'],
  [false, false, true, 'out'],
  // publishNotReadyAddresses says ready of everything.
  [true, true, true, 'fallback'],
  [true, false, true, 'out'],
])('ready %s, serving %s, terminating %s is %s', (ready, serving, terminating, role) => {
  expect(roleOf({ key: 'k', ready, serving, terminating })).toBe(role);
});
