import type { Entry } from '../candidates/entry.js';
import type { Now, Random } from '../contract.js';
import { givesUp } from './failing.js';
import type { Pool } from './pool.js';

export interface Choice {
  /** How many entries are compared: 2 to 10. */
  readonly choiceCount: number;
  readonly random: Random;
  readonly now: Now;
  /** What is to be low; of equals the one drawn first wins. */
  readonly cost: (entry: Entry) => number;
}

/**
 * The power of a few choices: draws entries by their worth and returns the one that costs least, or one that it gives
 * the call up to because it fails many. While all are worth the same the draw is without replacement and in random
 * order, so that ties are even.
 */
export function lowest(pool: Pool, choice: Choice): Entry | undefined {
  const { entries } = pool;
  if (entries.length < 2) return entries[0];
  if (!pool.even) return ofDrawn(pool, choice);
  return choice.choiceCount === 2 ? better(entries, choice) : ofShuffled(entries, choice);
}

function better(entries: readonly Entry[], choice: Choice): Entry | undefined {
  const { random, cost } = choice;
  const n = entries.length;
  const i = Math.floor(random() * n);
  let j = Math.floor(random() * (n - 1));
  if (j >= i) j++;
  const a = entries[i];
  const b = entries[j];
  if (a === undefined || b === undefined) return a;
  const first = cost(a) <= cost(b);
  const chosen = first ? a : b;
  if (chosen.load.failing === null) return chosen;
  const other = first ? b : a;
  return givesUp(chosen.load, other.load, choice) ? other : chosen;
}

interface Comparison {
  /** The one drawn later costs less. */
  readonly less: boolean;
  readonly choice: Choice;
}

/** Whether an entry takes the place of the best one so far. */
function wins(drawn: Entry, best: Entry, { less, choice }: Comparison): boolean {
  return less ? !givesUp(drawn.load, best.load, choice) : givesUp(best.load, drawn.load, choice);
}

/** Draws by the first steps of a shuffle in place: the order of the list means nothing. */
function ofShuffled(entries: Entry[], choice: Choice): Entry | undefined {
  const { choiceCount, random, cost } = choice;
  const n = entries.length;
  const draws = Math.min(choiceCount, n);
  let best: Entry | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (let k = 0; k < draws; k++) {
    const at = k + Math.floor(random() * (n - k));
    const drawn = entries[at];
    const first = entries[k];
    if (drawn === undefined || first === undefined) continue;
    entries[at] = first;
    first.index = at;
    entries[k] = drawn;
    drawn.index = k;
    const price = cost(drawn);
    if (best === undefined || wins(drawn, best, { less: price < least, choice })) {
      best = drawn;
      least = price;
    }
  }
  return best;
}

/**
 * Of entries that are worth more or less than others, a later one wins only if it costs less than this part of the
 * first: averages are never quite equal, and what differs by noise must not decide against the worth.
 */
const NOTABLE = 0.9;

/** With replacement: an entry that is worth nearly all is nearly always compared with itself. */
function ofDrawn(pool: Pool, choice: Choice): Entry | undefined {
  const { choiceCount, cost } = choice;
  let best = pool.draw();
  if (best === undefined) return undefined;
  let least = cost(best);
  for (let k = 1; k < choiceCount; k++) {
    const drawn = pool.draw();
    if (drawn === undefined || drawn === best) continue;
    const price = cost(drawn);
    if (wins(drawn, best, { less: price < least * NOTABLE, choice })) {
      best = drawn;
      least = price;
    }
  }
  return best;
}

/**
 * Calls in flight for the worth. At rest it is the same for all, so that whoever was drawn first gets the call: the
 * worth is in the draw already, and the shares follow it. A cost at rest that fell with the worth would count it twice.
 */
export function callsForWorth({ load, worth }: Entry): number {
  return (load.inFlight + load.pending) / worth;
}
