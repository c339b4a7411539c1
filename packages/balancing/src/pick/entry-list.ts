import type { Entry } from '../candidates/entry.js';

/** Entries in no order, each of which knows its place: adding and removing are O(1). */
export class EntryList {
  readonly entries: Entry[] = [];

  add(entry: Entry): void {
    entry.index = this.entries.length;
    this.entries.push(entry);
  }

  /** Does nothing for an entry that is not in the list. */
  remove(entry: Entry): void {
    const hole = entry.index;
    if (hole < 0) return;
    entry.index = -1;
    const last = this.entries.pop();
    if (last === undefined || last === entry) return;
    this.entries[hole] = last;
    last.index = hole;
  }
}
