import type { Clock } from '../clock.js';
import { LoopDelay } from '../event-loop.js';

/** Looks at the event loop so often (ms). */
const EVERY_MS = 20;
/**
 * So long on end must the delay say the other thing before it is believed (ms). One long turn is no overload: refusing
 * all that came in during it would help nobody.
 */
const HOLD_MS = 100;
/** Where it ends, as a part of where it begins: a server at its bound would refuse and accept by turns. */
const END_PART = 0.5;
/** After so long without a call nothing is measured (ms). */
const IDLE_MS = 1_000;

/** Whether the event loop is late, and has been for a while. Measures only while calls come. */
export class LoopOverload {
  overloaded = false;
  private readonly clock: Clock;
  private readonly maxMs: number;
  private readonly loop: LoopDelay;
  private calledMs = 0;
  /** Since when the delay says the other of `overloaded`. */
  private otherSinceMs: number | null = null;

  /** `maxMs` may be infinite: then nothing is measured. */
  constructor(clock: Clock, maxMs: number) {
    this.clock = clock;
    this.maxMs = maxMs;
    this.loop = new LoopDelay({ clock, everyMs: EVERY_MS, onSample: (delayMs) => this.sample(delayMs) });
  }

  /** A call came in. */
  called(): void {
    if (this.maxMs === Number.POSITIVE_INFINITY) return;
    this.calledMs = this.clock.now();
    this.loop.start();
  }

  private sample(delayMs: number): void {
    const nowMs = this.clock.now();
    const other = this.overloaded ? delayMs < this.maxMs * END_PART : delayMs > this.maxMs;
    if (!other) this.otherSinceMs = null;
    else this.otherSinceMs ??= nowMs;
    if (this.otherSinceMs !== null && nowMs - this.otherSinceMs >= HOLD_MS) {
      this.overloaded = !this.overloaded;
      this.otherSinceMs = null;
    }
    if (!this.overloaded && this.otherSinceMs === null && nowMs - this.calledMs > IDLE_MS) this.loop.stop();
  }
}
