/** A timer that can be ended early. */
export interface Timer {
  cancel(): void;
}

/** Wall clock and timers of the API server; tests hand in a virtual one. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  setTimeout(fn: () => void, ms: number): Timer;
}

/** A longer delay overflows Node's timers, which then fire at once (25 days). */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The machine's clock; a timer of more than 25 days fires after 25 days. Its timers do not keep the process alive: the listening socket does. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout(fn, ms) {
    const timer = setTimeout(fn, Math.min(ms, LONGEST_TIMER_MS));
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};

/** A time as Kubernetes' metav1.Time writes it: RFC 3339 with whole seconds. */
export function kubeTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
