/** What the generator needs of time; `now` is monotonic (ms, fractions count). */
export interface LoadClock {
  now(): number;
  /** Runs `fn` in about `ms`. */
  delay(fn: () => void, ms: number): { cancel(): void };
}

export const loadClock: LoadClock = {
  now: () => performance.now(),
  delay(fn, ms) {
    const timer = setTimeout(fn, ms);
    return { cancel: () => clearTimeout(timer) };
  },
};

export interface OpenLoopOptions {
  /** Calls per second, evenly spaced. */
  readonly ratePerSecond: number;
  /** Ends by itself after so long (ms); absent: runs until `stop()`. */
  readonly durationMs?: number;
  /** Calls in flight at most: a call that is due beyond it waits, and its wait counts as latency. */
  readonly concurrency: number;
  /**
   * A call that is late by more than that (ms) is never made: on a machine that cannot keep the rate the rate falls,
   * instead of a backlog that takes the machine's last breath. Default: every call is made, however late.
   */
  readonly maxLateMs?: number;
  /** Starts one call; `done` must be called once. `scheduledMs` is when it was due. */
  readonly call: (scheduledMs: number, done: () => void) => void;
  readonly clock?: LoadClock;
}

/** A running load. */
export interface OpenLoop {
  /** Resolves when the last call ended. */
  readonly finished: Promise<void>;
  /** Starts no further call; idempotent. */
  stop(): void;
}

/** Timers are exact to about 1 ms, so due calls are started in a batch at each tick. */
const TICK_MS = 1;

/**
 * An open-loop load: calls start by the clock, not when earlier ones end, so that a slow server cannot slow the
 * question down (no coordinated omission).
 */
export function startOpenLoop(options: OpenLoopOptions): OpenLoop {
  const {
    ratePerSecond,
    durationMs = Number.POSITIVE_INFINITY,
    concurrency,
    maxLateMs = Number.POSITIVE_INFINITY,
    call,
    clock = loadClock,
  } = options;
  const startMs = clock.now();
  // The first call is due at once, however short the load is.
  const total = Math.max(1, Math.round((durationMs / 1000) * ratePerSecond));
  let started = 0;
  let inFlight = 0;
  let stopped = false;
  let starting = false;
  let timer: { cancel(): void } | undefined;
  let finish: () => void = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });

  const settle = (): void => {
    if (!stopped && started < total) return;
    timer?.cancel();
    if (inFlight === 0) finish();
  };
  const startDue = (): void => {
    // A call may end inside call(); the loop that started it goes on then.
    if (starting) return;
    starting = true;
    const due = Math.min(total, Math.floor(((clock.now() - startMs) / 1000) * ratePerSecond) + 1);
    started = Math.max(started, due - Math.ceil((maxLateMs / 1000) * ratePerSecond));
    while (!stopped && started < due && inFlight < concurrency) {
      inFlight++;
      call(startMs + (started++ * 1000) / ratePerSecond, ended);
    }
    starting = false;
    settle();
  };
  const ended = (): void => {
    inFlight--;
    // A call that waited for its turn starts now, not at the next tick.
    startDue();
  };
  const tick = (): void => {
    startDue();
    if (!stopped && started < total) timer = clock.delay(tick, TICK_MS);
  };
  tick();
  return {
    finished,
    stop() {
      stopped = true;
      settle();
    },
  };
}
