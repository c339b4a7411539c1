import { type Entry, historyId } from '../candidates/entry.js';
import { xxh64 } from '../hash/xxh64.js';
import type { Selection } from './selection.js';

export interface SubsetOptions {
  /** How many endpoints this client connects to (≥ 1). */
  readonly size: number;
  /** What tells this client from the others; any 64-bit number. */
  readonly seed: bigint;
}

interface Score {
  /** Of whom: another pod at the same address has another. */
  readonly id: string;
  readonly score: bigint;
}

/**
 * The k endpoints with the highest hash of client and endpoint (rendezvous; gRFC A68 does the same). One endpoint more
 * or less changes at most one of them.
 */
export class Subset implements Selection {
  private readonly options: SubsetOptions;
  private readonly scores = new WeakMap<Entry, Score>();

  constructor(options: SubsetOptions) {
    this.options = options;
  }

  select(usable: readonly Entry[]): readonly Entry[] {
    const { size } = this.options;
    if (usable.length <= size) return usable;
    return [...usable].sort((a, b) => (this.score(a) > this.score(b) ? -1 : 1)).slice(0, size);
  }

  private score(entry: Entry): bigint {
    const id = historyId(entry.candidate);
    let known = this.scores.get(entry);
    if (known?.id !== id) {
      known = { id, score: xxh64(id, this.options.seed) };
      this.scores.set(entry, known);
    }
    return known.score;
  }
}
