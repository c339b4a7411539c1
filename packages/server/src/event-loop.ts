import type { Clock, Timer } from './clock.js';

export interface LoopDelayOptions {
  /** Time for differences. */
  readonly clock: Clock;
  /** How often is looked (ms). */
  readonly everyMs: number;
  /** Called with each look. */
  onSample(delayMs: number): void;
}

/**
 * Measures how late the event loop runs its timers, which is how long everything that comes in waits. The timer holds
 * no process. Timers run before what came in on sockets: after a long turn the figure is new when calls are read.
 */
export class LoopDelay {
  private readonly options: LoopDelayOptions;
  private timer: Timer | undefined;

  constructor(options: LoopDelayOptions) {
    this.options = options;
  }

  get running(): boolean {
    return this.timer !== undefined;
  }

  /** Does nothing when it runs already. */
  start(): void {
    if (this.timer === undefined) this.arm();
  }

  stop(): void {
    this.timer?.cancel();
    this.timer = undefined;
  }

  private arm(): void {
    const { clock, everyMs, onSample } = this.options;
    const dueMs = clock.now() + everyMs;
    this.timer = clock.setTimeout(() => {
      const delayMs = Math.max(0, clock.now() - dueMs);
      this.arm();
      onSample(delayMs);
    }, everyMs);
    this.timer.unref();
  }
}
