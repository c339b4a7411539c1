import type { Entry } from '../../candidates/entry.js';
import type { Random } from '../../contract.js';
import type { PickPolicy } from '../policy.js';

export interface LeastRequestOptions {
  /** How many different entries are compared: 2 to 10. */
  readonly choiceCount: number;
  readonly random: Random;
}

/**
 * Compares a few entries drawn at random and takes the one with the fewest calls. The draw is without replacement
 * and in random order, and the first of equals wins, so ties are even.
 */
export class LeastRequest implements PickPolicy {
  private readonly entries: Entry[] = [];
  private readonly choiceCount: number;
  private readonly random: Random;

  constructor(options: LeastRequestOptions) {
    this.choiceCount = options.choiceCount;
    this.random = options.random;
  }

  add(entry: Entry): void {
    entry.index = this.entries.length;
    this.entries.push(entry);
  }

  remove(entry: Entry): void {
    const hole = entry.index;
    if (hole < 0) return;
    entry.index = -1;
    const last = this.entries.pop();
    if (last === undefined || last === entry) return;
    this.entries[hole] = last;
    last.index = hole;
  }

  pick(): Entry | undefined {
    const { entries } = this;
    const n = entries.length;
    if (n < 2) return entries[0];
    return this.choiceCount === 2 ? this.better(n) : this.best(n);
  }

  private better(n: number): Entry | undefined {
    const i = Math.floor(this.random() * n);
    let j = Math.floor(this.random() * (n - 1));
    if (j >= i) j++;
    const a = this.entries[i];
    const b = this.entries[j];
    return a === undefined || b === undefined || calls(a) <= calls(b) ? a : b;
  }

  /** Draws by the first steps of a shuffle in place: the order of the list means nothing. */
  private best(n: number): Entry | undefined {
    const { entries } = this;
    const draws = Math.min(this.choiceCount, n);
    let best: Entry | undefined;
    let fewest = Number.POSITIVE_INFINITY;
    for (let k = 0; k < draws; k++) {
      const at = k + Math.floor(this.random() * (n - k));
      const drawn = entries[at];
      const first = entries[k];
      if (drawn === undefined || first === undefined) continue;
      entries[at] = first;
      first.index = at;
      entries[k] = drawn;
      drawn.index = k;
      const count = calls(drawn);
      if (count < fewest) {
        best = drawn;
        fewest = count;
      }
    }
    return best;
  }
}

function calls(entry: Entry): number {
  return entry.load.inFlight + entry.load.pending;
}
