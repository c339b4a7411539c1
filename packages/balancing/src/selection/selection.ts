import type { Entry } from '../candidates/entry.js';

/** Chooses which of the usable entries are connected at all. */
export interface Selection {
  /** The chosen ones of the complete list of usable entries. */
  select(usable: readonly Entry[]): readonly Entry[];
  /** True: the connection's change may have changed the choice. Absent: connections never do. */
  connectionMatters?(entry: Entry): boolean;
}
