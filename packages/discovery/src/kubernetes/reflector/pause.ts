import type { Clock, Timer } from '../../clock.js';

/** One wait at a time that can be cut short. */
export interface Pause {
  /** Resolves with true after `ms`, with false when cancelled; at once for 0. */
  wait(ms: number): Promise<boolean>;
  cancel(): void;
}

export function createPause(clock: Clock, keepsAlive: boolean): Pause {
  let timer: Timer | undefined;
  let wake: ((slept: boolean) => void) | undefined;
  const finish = (slept: boolean): void => {
    timer?.cancel();
    timer = undefined;
    const resolve = wake;
    wake = undefined;
    resolve?.(slept);
  };
  return {
    wait(ms) {
      finish(false);
      if (ms <= 0) return Promise.resolve(true);
      return new Promise((resolve) => {
        wake = resolve;
        timer = clock.setTimeout(() => finish(true), ms);
        if (!keepsAlive) timer.unref();
      });
    },
    cancel: () => finish(false),
  };
}
