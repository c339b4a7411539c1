/** Services with so many pods or fewer are never held back. */
const FREE_PODS = 100;
/** For how long one pod keeps its Service from the next look (ms). */
const MS_PER_POD = 1;
/** The longest pause (ms). */
const MAX_PAUSE_MS = 1_000;

/**
 * Keeps large Services from being brought up to date too often: an Endpoints object is written whole, so that the
 * change of one pod costs as much as that of all, and nobody who is in a hurry reads it. (Upstream has a flag for it,
 * `--endpoint-updates-batch-period`.)
 */
export class Pace {
  readonly #nextMs = new Map<string, number>();

  /** How long the Service has to wait; 0: not at all. */
  waitMs(key: string, nowMs: number): number {
    return Math.max(0, (this.#nextMs.get(key) ?? 0) - nowMs);
  }

  /** Remembers that a Service with so many pods was looked at. */
  took(key: string, pods: number, nowMs: number): void {
    if (pods <= FREE_PODS) this.#nextMs.delete(key);
    else this.#nextMs.set(key, nowMs + Math.min(MAX_PAUSE_MS, pods * MS_PER_POD));
  }

  /** Forgets a Service that is gone. */
  forget(key: string): void {
    this.#nextMs.delete(key);
  }
}
