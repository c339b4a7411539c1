import { type Clock, systemClock } from '../../src/clock.js';

/** The machine's time, whose timers fire so many times as soon: waits of seconds take milliseconds. */
export function createFastClock(factor: number): Clock {
  return {
    now: systemClock.now,
    setTimeout: (fn, ms) => systemClock.setTimeout(fn, ms / factor),
  };
}
