import { readFileSync } from 'node:fs';
import { monotonicMs } from '#commands/wait.js';

const TICK_MS = 2;
/** Of the main thread, whose id is the process's: nanoseconds on a core come first. */
const SCHEDULED = `/proc/self/task/${process.pid}/schedstat`;

/** Time that this thread was on a core (ms): compilers and collectors of other threads do not count. */
function threadMs(): number {
  return Number(readFileSync(SCHEDULED, 'latin1').split(' ', 1)[0]) / 1e6;
}

/**
 * Finds how long the event loop is kept busy in one go. Between two ticks of a timer it counts what passed on the
 * clock and how long the thread was on a core, whichever is less: waiting for a core that others have is no stall of
 * ours.
 */
export class LoopMeter {
  /** The longest so far (ms). */
  longestMs = 0;
  readonly #timer: NodeJS.Timeout;
  #atMs = monotonicMs();
  #busyMs = threadMs();

  constructor() {
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  /** The longest until now (ms), and begins anew: what runs at present is counted up to here. */
  lap(): number {
    this.#tick();
    const { longestMs } = this;
    this.longestMs = 0;
    return longestMs;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const nowMs = monotonicMs();
    const busyMs = threadMs();
    this.longestMs = Math.max(this.longestMs, Math.min(nowMs - this.#atMs, busyMs - this.#busyMs));
    this.#atMs = nowMs;
    this.#busyMs = busyMs;
  }
}
