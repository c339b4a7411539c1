import { expect, it } from 'vitest';
import { SteadyClock } from './steady-clock.js';

it('goes on from where it was when the host is set back, and on when the host goes on', () => {
  let hostMs = 1000;
  const clock = new SteadyClock(() => hostMs);
  expect([clock.now(), clock.toHost(1200)]).toEqual([1000, 1200]);
  hostMs = 400;
  expect(clock.now()).toBe(1000);
  hostMs = 450;
  expect(clock.now()).toBe(1050);
  expect(clock.toHost(1100)).toBe(500);
  hostMs = 5000;
  expect(clock.now()).toBe(5600);
});

it('goes on with the time of the clock that it replaces', () => {
  let hostMs = 1000;
  const before = new SteadyClock(() => hostMs);
  before.now();
  hostMs = 0;
  before.now();
  const after = new SteadyClock(() => hostMs, before);
  hostMs = 10;
  expect(after.now()).toBe(1010);
});
