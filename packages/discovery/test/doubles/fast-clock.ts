import type { Clock } from '../../src/clock.js';

/** The machine's time, so many times as fast: waits of seconds take milliseconds. */
export function createFastClock(factor: number): Clock {
  const startMs = performance.now();
  return {
    now: () => startMs + (performance.now() - startMs) * factor,
    setTimeout(fn, ms) {
      const timer = setTimeout(fn, ms / factor);
      return { cancel: () => clearTimeout(timer), unref: () => void timer.unref() };
    },
  };
}
