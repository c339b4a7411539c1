import { setTimeout as pause } from 'node:timers/promises';

const LOOK_MS = 50;

/** Milliseconds of CLOCK_MONOTONIC: readings of two processes of one machine can be compared. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

export interface WaitOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** Waits until `condition` holds; rejects with `what` and the last trouble when it does not within `timeoutMs`. */
export async function waitFor(
  what: string,
  condition: () => boolean | Promise<boolean>,
  { timeoutMs, signal }: WaitOptions,
): Promise<void> {
  const deadline = monotonicMs() + timeoutMs;
  for (let trouble = ''; ; ) {
    signal?.throwIfAborted();
    try {
      if (await condition()) return;
    } catch (error) {
      trouble = `: ${error instanceof Error ? error.message : String(error)}`;
    }
    if (monotonicMs() > deadline)
      throw new Error(`did not happen within ${timeoutMs / 1000} s: ${what}${trouble}`);
    await pause(LOOK_MS, undefined, { signal });
  }
}
