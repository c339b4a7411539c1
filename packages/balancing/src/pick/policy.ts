import type { Entry } from '../candidates/entry.js';

/** Chooses among the entries that are planned and connected. Adding and removing is O(1). */
export interface PickPolicy {
  add(entry: Entry): void;
  remove(entry: Entry): void;
  /** Undefined: the list is empty. */
  pick(): Entry | undefined;
}
