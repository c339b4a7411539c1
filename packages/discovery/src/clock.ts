/** A timer that was set and can be taken back. */
export interface Timer {
  cancel(): void;
  /** Lets the process end although the timer is pending. */
  unref(): void;
}

/** Time as it is handed to everything that waits, so that tests run in virtual time. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  setTimeout(fn: () => void, ms: number): Timer;
}

/** A number in [0, 1). */
export type Random = () => number;

/** A longer delay overflows Node's timers, which then fire at once (2^31 - 1 ms: 25 days). */
const LONGEST_TIMER_MS = 2_147_483_647;

/** The clock of the machine. A timer of more than 25 days fires after 25 days. */
export const systemClock: Clock = {
  now: Date.now,
  setTimeout(fn, ms) {
    const timer = setTimeout(fn, Math.min(ms, LONGEST_TIMER_MS));
    return { cancel: () => clearTimeout(timer), unref: () => void timer.unref() };
  },
};
