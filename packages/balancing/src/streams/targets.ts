import type { Entry } from '../candidates/entry.js';

/** Halvings of an interval until two doubles next to each other are left. */
const HALVINGS = 64;

/** What the next stream of an entry costs: the streams that it has for its worth, with its phase between equals. */
export function nextMark({ load, worth, phase }: Entry): number {
  return (load.streams.open + load.streams.pending + phase) / worth;
}

/** How many streams of an entry cost no more than `level`. */
function below(level: number, { worth, phase }: Entry): number {
  return Math.max(0, Math.floor(level * worth - phase) + 1);
}

function sumBelow(level: number, entries: readonly Entry[]): number {
  let sum = 0;
  for (const entry of entries) sum += below(level, entry);
  return sum;
}

/**
 * How many streams each entry would have if `total` had been opened one after the other, each where the next costs
 * least. One entry more takes from the others and gives to none of them, so that only what it gets has to move.
 */
export function targetsOf(entries: readonly Entry[], total: number): number[] {
  const worth = entries.reduce((sum, entry) => sum + entry.worth, 0);
  let low = 0;
  let high = (total + entries.length) / worth;
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) break;
    if (sumBelow(middle, entries) <= total) low = middle;
    else high = middle;
  }
  const targets = entries.map((entry) => Math.min(below(low, entry), total));
  let left = total - targets.reduce((sum, target) => sum + target, 0);
  // Of several with the same phase the first ones get what is left, as they do when streams are opened.
  for (let i = 0; left > 0 && i < entries.length; i++) {
    const entry = entries[i];
    const more = entry === undefined ? 0 : Math.min(left, below(high, entry) - (targets[i] ?? 0));
    targets[i] = (targets[i] ?? 0) + more;
    left -= more;
  }
  return targets;
}
