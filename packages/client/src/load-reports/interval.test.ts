import { expect, it } from 'vitest';
import { reportIntervalMs } from './interval.js';

it.each([
  // endpoints, calls per second, ms
  [20, 50.8, 2257],
  [100, 1000, 573],
  [3, 1000, 100],
  [3, 10, 1720],
  [10, 0, Number.POSITIVE_INFINITY],
  [0, 10, 100],
])('%i endpoints and %i calls per second: a report every %i ms', (endpoints, rate, ms) => {
  expect(Math.round(reportIntervalMs(endpoints, rate))).toBe(ms);
});
