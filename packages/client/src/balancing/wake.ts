import type { Timer } from '@fairlead/discovery';
import type { Runtime } from '../registration/runtime.js';

/** The one timer of a balancer: it fires when the pipeline wants to be woken, and never keeps the process alive. */
export class Wake {
  private readonly runtime: Pick<Runtime, 'clock' | 'now'>;
  private readonly fire: () => void;
  private timer: Timer | null = null;
  private atMs: number | null = null;

  constructor(runtime: Pick<Runtime, 'clock' | 'now'>, fire: () => void) {
    this.runtime = runtime;
    this.fire = fire;
  }

  /** `atMs` is an epoch time of `runtime.now()`; null takes the timer back. */
  schedule(atMs: number | null): void {
    if (atMs === this.atMs) return;
    this.timer?.cancel();
    this.timer = null;
    this.atMs = atMs;
    if (atMs === null) return;
    const delayMs = Math.max(0, atMs - this.runtime.now());
    this.timer = this.runtime.clock.setTimeout(() => {
      this.timer = null;
      this.atMs = null;
      this.fire();
    }, delayMs);
    this.timer.unref();
  }
}
