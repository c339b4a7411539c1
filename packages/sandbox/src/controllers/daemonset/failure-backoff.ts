const FIRST_MS = 1_000;
const MOST_MS = 15 * 60_000;

/** How long a failed pod is left alone before it is replaced, as upstream: 1 s, twice as long each time, at most 15 min. */
export class FailureBackoff {
  readonly #failures = new Map<string, { readonly delayMs: number; readonly sinceMs: number }>();

  /** Milliseconds that are left; 0: it may go now, and the next one waits longer. Pods that did not fail never wait. */
  waitMs(key: string, nowMs: number, failed: boolean): number {
    if (!failed) return 0;
    const last = this.#failures.get(key);
    const leftMs = last === undefined ? 0 : last.sinceMs + last.delayMs - nowMs;
    if (leftMs > 0) return leftMs;
    // A node that was quiet for long starts anew.
    const forgotten = last === undefined || nowMs - last.sinceMs > 2 * MOST_MS;
    const delayMs = forgotten ? FIRST_MS : Math.min(MOST_MS, last.delayMs * 2);
    this.#failures.set(key, { delayMs, sinceMs: nowMs });
    return 0;
  }
}
