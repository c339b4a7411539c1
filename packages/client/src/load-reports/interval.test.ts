import { expect, it } from 'vitest';
import { askEvery, reportIntervalMs } from './interval.js';

it.each([
  // endpoints, calls per second, ms
  [20, 10_000, 556],
  [100, 50_000, 556],
  [3, 10_000, 100],
  [3, 1000, 833],
  [0, 10, 100],
])('%i endpoints and %i calls per second: a report every %i ms', (endpoints, rate, ms) => {
  expect(Math.round(reportIntervalMs(endpoints, rate) ?? Number.NaN)).toBe(ms);
});

it.each([
  // endpoints, calls per second
  [20, 1000],
  [3, 200],
  [10, 0],
  [0, 0],
])('%i endpoints and %i calls per second: reports would come less than once a second', (endpoints, rate) => {
  expect(reportIntervalMs(endpoints, rate)).toBeNull();
});

it('calls go on to ask a little below the rate at which they began to', () => {
  const asks = (callsPerSecond: number, asking: boolean): boolean =>
    askEvery({ endpoints: 10, callsPerSecond, maxAgeMs: 1000, asking }) > 0;
  expect([asks(8, false), asks(8, true), asks(10, false), asks(6, true)]).toEqual([false, true, true, false]);
});
