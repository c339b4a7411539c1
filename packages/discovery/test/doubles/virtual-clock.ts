import type { Clock, Timer } from '../../src/clock.js';

interface Pending {
  atMs: number;
  readonly fn: () => void;
}

/** Time that stands still until a test moves it. */
export class VirtualClock implements Clock {
  readonly #pending = new Set<Pending>();
  #nowMs: number;

  constructor(nowMs = 1_700_000_000_000) {
    this.#nowMs = nowMs;
  }

  readonly now = (): number => this.#nowMs;

  get pending(): number {
    return this.#pending.size;
  }

  setTimeout(fn: () => void, ms: number): Timer {
    const entry = { atMs: this.#nowMs + ms, fn };
    this.#pending.add(entry);
    return { cancel: () => void this.#pending.delete(entry), unref: () => {} };
  }

  /** Sets the time of day back; timers go by time that passes, as on a machine. */
  setBack(ms: number): void {
    this.#nowMs -= ms;
    for (const entry of this.#pending) entry.atMs -= ms;
  }

  /** Ends the present macrotask, then moves time on and runs what falls due, in order, each in a macrotask. */
  async advance(ms: number): Promise<void> {
    await macrotask();
    const untilMs = this.#nowMs + ms;
    for (;;) {
      const next = [...this.#pending].sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined || next.atMs > untilMs) break;
      this.#pending.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.fn();
      await macrotask();
    }
    this.#nowMs = untilMs;
    await macrotask();
  }
}

/** Resolves after everything that was due in this turn of the event loop. */
export function macrotask(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
