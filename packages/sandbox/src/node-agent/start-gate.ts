import type { AgentClock } from './host.js';

/** Longest time that a start keeps others waiting (ms): a program that takes longer mostly waits for something. */
const HOLD_MS = 500;

interface Waiting {
  enter(): void;
}

/**
 * Lets a few containers start at a time. A hundred programs that start at once on a few cores are all late: none
 * answers its probes, and the API server in the same machine answers nobody.
 */
export class StartGate {
  readonly #limit: number;
  readonly #clock: AgentClock;
  readonly #queue = new Set<Waiting>();
  #inside = 0;

  constructor(limit: number, clock: AgentClock) {
    this.#limit = limit;
    this.#clock = clock;
  }

  /**
   * Resolves with the function to call when the start is over, at the latest after half a second; or with one that
   * does nothing when the signal aborts first.
   */
  enter(signal: AbortSignal): Promise<() => void> {
    return new Promise((resolve) => {
      const leave = (): void => {
        this.#queue.delete(waiting);
        resolve(() => {});
      };
      const waiting: Waiting = {
        enter: () => {
          signal.removeEventListener('abort', leave);
          resolve(this.#take());
        },
      };
      if (signal.aborted) return leave();
      if (this.#inside < this.#limit) return waiting.enter();
      signal.addEventListener('abort', leave, { once: true });
      this.#queue.add(waiting);
    });
  }

  #take(): () => void {
    this.#inside += 1;
    let over = false;
    const release = (): void => {
      if (over) return;
      over = true;
      timer.cancel();
      this.#inside -= 1;
      const [next] = this.#queue;
      if (!next) return;
      this.#queue.delete(next);
      next.enter();
    };
    const timer = this.#clock.setTimeout(release, HOLD_MS);
    return release;
  }
}
