import { expect, it } from 'vitest';
import { Wake } from './wake.js';

function rig() {
  const timers: { fn: () => void; ms: number; cancelled: boolean; unrefs: number }[] = [];
  let fired = 0;
  const clock = {
    now: () => 1000,
    setTimeout: (fn: () => void, ms: number) => {
      const timer = { fn, ms, cancelled: false, unrefs: 0 };
      timers.push(timer);
      return {
        cancel: () => {
          timer.cancelled = true;
        },
        unref: () => {
          timer.unrefs += 1;
        },
      };
    },
  };
  const wake = new Wake({ clock, now: () => 1000 }, () => {
    fired += 1;
  });
  return { wake, timers, fired: () => fired };
}

it('sets one timer per moment, which does not hold the process, and takes it back', () => {
  const { wake, timers } = rig();
  wake.schedule(null);
  wake.schedule(1500);
  wake.schedule(1500);
  expect(timers.map(({ ms, unrefs }) => [ms, unrefs])).toEqual([[500, 1]]);
  wake.schedule(900);
  expect(timers.map(({ ms, cancelled }) => [ms, cancelled])).toEqual([
    [500, true],
    [0, false],
  ]);
  wake.schedule(null);
  expect(timers[1]?.cancelled).toBe(true);
});

it('can be set to the same moment again after it fired', () => {
  const { wake, timers, fired } = rig();
  wake.schedule(1500);
  timers[0]?.fn();
  expect(fired()).toBe(1);
  wake.schedule(1500);
  expect(timers).toHaveLength(2);
});
