import type { Now, Outcome, Random } from '../contract.js';
import { unserved } from './failures.js';

/**
 * What an endpoint does with this process's last calls. Whoever fails or refuses calls at once has few in flight, and
 * would draw all of them.
 */
export interface Failing {
  /** Part of the last calls that it failed or refused, 0 to 1. */
  share: number;
  /** When the last one was (epoch ms). */
  lastMs: number;
}

/** An endpoint of which it is kept how it fails calls. */
export interface Observed {
  /** Null: it failed none of its last calls. */
  failing: Failing | null;
}

const OK = 0;
/** Part of one more call in the share: about the last ten count. */
const CALL_SHARE = 0.2;
/** A smaller share is none. */
const LEAST_SHARE = 0.01;
/** How long a failure counts without another one (ms): whoever gets no calls cannot show that it is well again. */
const MAX_AGE_MS = 10_000;
/** The most of its calls that an endpoint gives up: some stay, so that it is known how it fares. */
const MOST_GIVEN_UP = 0.95;

/** Notes how a call ended. Costs a comparison while all is well. */
export function noteFailing(load: Observed, outcome: Outcome, now: Now): void {
  const { failing } = load;
  if (failing === null && outcome.code === OK) return;
  // A server may have no room for streams and yet serve calls.
  if (outcome.streaming) return;
  if (unserved(outcome)) {
    const nowMs = now();
    const before = failingShare(load, nowMs);
    const share = before + (1 - before) * CALL_SHARE;
    if (failing === null) load.failing = { share, lastMs: nowMs };
    else {
      failing.share = share;
      failing.lastMs = nowMs;
    }
  } else if (failing !== null) {
    failing.share *= 1 - CALL_SHARE;
    if (failing.share < LEAST_SHARE) load.failing = null;
  }
}

/** Part of this process's last calls that the endpoint failed or refused, 0 to 1, as far as it counts now. */
export function failingShare({ failing }: Observed, nowMs: number): number {
  return failing === null || nowMs - failing.lastMs > MAX_AGE_MS ? 0 : failing.share;
}

/** Whether an endpoint that was chosen gives this call to another: it gives up so many as it fails more than that one. */
export function givesUp(
  chosen: Observed,
  other: Observed,
  { now, random }: { readonly now: Now; readonly random: Random },
): boolean {
  if (chosen.failing === null) return false;
  const nowMs = now();
  const more = failingShare(chosen, nowMs) - failingShare(other, nowMs);
  return isGivenUp(more, random);
}

/** Whether one is given up by lot to somebody who is so much better off, as parts of all (0 to 1): of that part of them. */
export function isGivenUp(more: number, random: Random): boolean {
  return more > 0 && random() < Math.min(more, MOST_GIVEN_UP);
}
