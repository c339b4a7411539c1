import type { Timeline } from '../events.js';

/**
 * Real time (ms), from its making on. An action sees the time at which it was due: a machine that is late with one does
 * not push back all that follow from it.
 */
export class RealTime implements Timeline {
  private readonly zeroMs = performance.now();
  private dueMs: number | null = null;

  get now(): number {
    return this.dueMs ?? this.passedMs();
  }

  at(atMs: number, action: () => void): void {
    const dueMs = Math.max(atMs, this.now);
    const run = (): void => {
      this.dueMs = dueMs;
      action();
      this.dueMs = null;
    };
    const waitMs = dueMs - this.passedMs();
    // A timer waits for a millisecond at least.
    if (waitMs <= 0) setImmediate(run);
    else setTimeout(run, waitMs);
  }

  after(delayMs: number, action: () => void): void {
    this.at(this.now + delayMs, action);
  }

  private passedMs(): number {
    return performance.now() - this.zeroMs;
  }
}
