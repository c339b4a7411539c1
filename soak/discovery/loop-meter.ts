import { monotonicMs } from '../wait.js';

const TICK_MS = 2;

/**
 * Finds how long the event loop is kept busy in one go. Between two ticks of a timer it counts what passed on the
 * clock and what this process used of the processor, whichever is less: waiting for a core that others have is no
 * stall of ours.
 */
export class LoopMeter {
  /** The longest since `reset()` (ms). */
  longestMs = 0;
  readonly #timer: NodeJS.Timeout;
  #atMs = monotonicMs();
  #cpu = process.cpuUsage();

  constructor() {
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  reset(): void {
    this.longestMs = 0;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const nowMs = monotonicMs();
    const { user, system } = process.cpuUsage(this.#cpu);
    this.longestMs = Math.max(this.longestMs, Math.min(nowMs - this.#atMs, (user + system) / 1000));
    this.#atMs = nowMs;
    this.#cpu = process.cpuUsage();
  }
}
