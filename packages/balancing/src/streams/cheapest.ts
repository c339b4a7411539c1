import type { Entry } from '../candidates/entry.js';
import type { Random } from '../contract.js';
import { isGivenUp } from '../pick/failing.js';
import { earlyShare, failedLately } from './early.js';
import { nextMark } from './targets.js';

/** More than any number of streams for any worth that counts. */
const LAST = 1e15;
/** An endpoint gives streams up to those that end at most this part of what it ends early. */
const STEADIER = 0.5;

/** At what time, and by which lot, a stream is placed. */
export interface Moment {
  readonly nowMs: number;
  readonly random: Random;
}

/**
 * The entry at which the next stream costs least, where the fewest are open for the worth and none failed lately; or the
 * least of those that it gives the stream up to, because it ends many early and so has few open.
 */
export function cheapest(entries: readonly Entry[], moment: Moment): Entry | undefined {
  const { nowMs } = moment;
  const best = lowest(entries, nowMs);
  const early = best === undefined ? 0 : earlyShare(best.load.streams, nowMs);
  if (best === undefined || early === 0) return best;
  return orOther(best, lowest(entries, nowMs, early * STEADIER), moment);
}

/** Another endpoint for a stream, if the first one chosen gives it up: as it ends more of its streams early. */
export function orOther(chosen: Entry, other: Entry | undefined, { nowMs, random }: Moment): Entry {
  if (other === undefined || failedLately(other.load.streams, nowMs)) return chosen;
  const more = earlyShare(chosen.load.streams, nowMs) - earlyShare(other.load.streams, nowMs);
  return isGivenUp(more, random) ? other : chosen;
}

/** Of those that ended at most such a part early. */
function lowest(entries: readonly Entry[], nowMs: number, mostEarly = 1): Entry | undefined {
  let best: Entry | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const entry of entries) {
    const mark = nextMark(entry);
    // The mark is compared first: it is at hand.
    if (mark >= least || earlyShare(entry.load.streams, nowMs) > mostEarly) continue;
    const cost = failedLately(entry.load.streams, nowMs) ? mark + LAST : mark;
    if (cost >= least) continue;
    best = entry;
    least = cost;
  }
  return best;
}
