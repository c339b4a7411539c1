import { expect, it } from 'vitest';
import { reportIntervalMs } from './interval.js';

it.each([
  // endpoints, calls per second, ms
  [20, 200, 573],
  [100, 1000, 573],
  [3, 1000, 100],
  [3, 20, 860],
  [0, 10, 100],
])('%i endpoints and %i calls per second: a report every %i ms', (endpoints, rate, ms) => {
  expect(Math.round(reportIntervalMs(endpoints, rate) ?? Number.NaN)).toBe(ms);
});

it.each([
  // endpoints, calls per second
  [20, 50.8],
  [3, 10],
  [10, 0],
  [0, 0],
])('%i endpoints and %i calls per second: reports would come less than once a second', (endpoints, rate) => {
  expect(reportIntervalMs(endpoints, rate)).toBeNull();
});
