/** How often a condition is looked at (ms): short beside anything that a person sees. */
const LOOK_MS = 20;

/** Waiting that ends at once when the story is broken off. */
export interface Waits {
  /** Waits until `condition` holds; rejects with `what` when it does not within `timeoutMs` (default a minute). */
  until(what: string, condition: () => boolean | Promise<boolean>, timeoutMs?: number): Promise<void>;
  /** Resolves after `ms`. */
  pause(ms: number): Promise<void>;
}

/** Makes waits that reject with the reason of `signal` when it is aborted. */
export function createWaits(signal: AbortSignal): Waits {
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const stop = (): void => {
        clearTimeout(timer);
        reject(signal.reason);
      };
      const timer = setTimeout(() => {
        signal.removeEventListener('abort', stop);
        resolve();
      }, ms);
      signal.addEventListener('abort', stop, { once: true });
    });
  return {
    pause,
    async until(what, condition, timeoutMs = 60_000) {
      const deadlineMs = performance.now() + timeoutMs;
      signal.throwIfAborted();
      while (!(await condition())) {
        if (performance.now() > deadlineMs) throw new Error(`gave up after ${timeoutMs / 1000} s: ${what}`);
        await pause(LOOK_MS);
      }
    },
  };
}
