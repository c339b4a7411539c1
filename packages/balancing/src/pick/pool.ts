import type { Entry } from '../candidates/entry.js';
import type { Random } from '../contract.js';
import { AliasTable } from './alias-table.js';
import { EntryList } from './entry-list.js';

/** Whether all have the same worth. */
export function evenWorth(entries: readonly Entry[]): boolean {
  const first = entries[0]?.worth;
  for (const entry of entries) if (entry.worth !== first) return false;
  return true;
}

/**
 * Entries in no order, from which one is drawn with a chance in proportion to its worth. Adding, removing and drawing
 * are O(1) while all are worth the same; else the first draw after a change costs O(N).
 */
export class Pool extends EntryList {
  private readonly random: Random;
  private table: AliasTable | null = null;
  private stale = false;

  constructor(random: Random) {
    super();
    this.random = random;
  }

  override add(entry: Entry): void {
    super.add(entry);
    if (this.table !== null || entry.worth !== this.entries[0]?.worth) this.stale = true;
  }

  override remove(entry: Entry): void {
    super.remove(entry);
    if (this.table !== null) this.stale = true;
  }

  /** Somebody's worth is another now. */
  reweigh(): void {
    this.stale = true;
  }

  /** False: a draw must look at the worth. */
  get even(): boolean {
    if (this.stale) this.refresh();
    return this.table === null;
  }

  draw(): Entry | undefined {
    const { entries } = this;
    if (this.even || this.table === null) return entries[Math.floor(this.random() * entries.length)];
    return entries[this.table.draw(this.random)];
  }

  private refresh(): void {
    this.stale = false;
    this.table = evenWorth(this.entries) ? null : new AliasTable(this.entries.map((entry) => entry.worth));
  }
}
