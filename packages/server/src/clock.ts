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

/** The clock of the machine. */
export const systemClock: Clock = {
  now: Date.now,
  setTimeout(fn, ms) {
    const timer = setTimeout(fn, ms);
    return { cancel: () => clearTimeout(timer), unref: () => void timer.unref() };
  },
};

/** Time that no correction of the wall clock moves: for differences only. */
export const steadyClock: Clock = { ...systemClock, now: () => performance.now() };

/** A number in [0, 1). */
export type Random = () => number;
