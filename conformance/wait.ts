import { setTimeout as pause } from 'node:timers/promises';

const LOOK_MS = 50;

/** Waits until `condition` holds; rejects with `what` and the last trouble when it does not within `timeoutMs`. */
export async function waitFor(
  what: string,
  condition: () => boolean | Promise<boolean>,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal?: AbortSignal },
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (let trouble = ''; ; ) {
    signal?.throwIfAborted();
    try {
      if (await condition()) return;
    } catch (error) {
      trouble = `: ${error instanceof Error ? error.message : String(error)}`;
    }
    if (Date.now() > deadline)
      throw new Error(`did not happen within ${timeoutMs / 1000} s: ${what}${trouble}`);
    await pause(LOOK_MS);
  }
}
