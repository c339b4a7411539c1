/** How many requests a stream may make. */
export interface RequestRate {
  /** In the long run. */
  readonly perSecond: number;
  /** At once, after a time of silence. */
  readonly burst: number;
}

/** A bucket of requests that fills with time. A stream that has none left is not read until it has. */
export class RequestBudget {
  readonly #rate: RequestRate;
  #left: number;
  #atMs: number;

  constructor(rate: RequestRate, nowMs: number) {
    this.#rate = rate;
    this.#left = rate.burst;
    this.#atMs = nowMs;
  }

  /** Takes one request; returns how long to wait before the next is read (ms). */
  take(nowMs: number): number {
    const { perSecond, burst } = this.#rate;
    const passedMs = Math.max(0, nowMs - this.#atMs);
    this.#atMs = nowMs;
    this.#left = Math.min(burst, this.#left + (passedMs * perSecond) / 1_000) - 1;
    return this.#left >= 0 ? 0 : Math.ceil((-this.#left * 1_000) / perSecond);
  }
}
