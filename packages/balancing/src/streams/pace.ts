import type { Random } from '../contract.js';

/** Spreads what has to be done evenly over a time, whatever becomes of it meanwhile. */
export class Pace {
  private readonly spreadMs: number;
  private readonly random: Random;
  private endMs: number | null = null;

  constructor(spreadMs: number, random: Random) {
    this.spreadMs = spreadMs;
    this.random = random;
  }

  /** How many of `count` are due now, when it is asked again after about `roundMs`. */
  take(count: number, { nowMs, roundMs }: { readonly nowMs: number; readonly roundMs: number }): number {
    if (count <= 0) {
      this.endMs = null;
      return 0;
    }
    this.endMs ??= nowMs + this.spreadMs;
    const leftMs = this.endMs - nowMs;
    // A clock that was set back must not stop it.
    if (leftMs <= roundMs || leftMs > this.spreadMs) {
      this.endMs = null;
      return count;
    }
    // By lot: of many clients with one stream each some begin at once and some at the end.
    return Math.floor((count * roundMs) / leftMs + this.random());
  }
}
