import type { Entry } from './candidates/entry.js';
import type { Plan, Why } from './contract.js';

const NOTHING: ReadonlySet<string> = new Set();

export interface PlanParts {
  readonly entries: Iterable<Entry>;
  /** The planned keys are connected when picked. */
  readonly lazy: boolean;
  find(key: string): Entry | undefined;
}

/** Makes the plan in which every planned entry may be picked. */
export function createPlan({ entries, lazy, find }: PlanParts): Plan {
  const planned = new Set<string>();
  for (const entry of entries) if (entry.planned) planned.add(entry.key);
  return new EntryPlan(planned, lazy, find);
}

class EntryPlan implements Plan {
  readonly connect: ReadonlySet<string>;
  readonly lazy: ReadonlySet<string>;
  private readonly planned: ReadonlySet<string>;
  private readonly find: (key: string) => Entry | undefined;

  constructor(planned: ReadonlySet<string>, lazy: boolean, find: (key: string) => Entry | undefined) {
    this.planned = planned;
    this.connect = lazy ? NOTHING : planned;
    this.lazy = lazy ? planned : NOTHING;
    this.find = find;
  }

  /** Made when read: a host picks through the pipeline and seldom looks. */
  get pick(): ReadonlyMap<string, number> {
    const worth = new Map<string, number>();
    for (const key of this.planned) {
      const entry = this.find(key);
      if (entry !== undefined && !entry.ejected) worth.set(key, entry.worth);
    }
    return worth;
  }

  why(key: string): Why | undefined {
    return this.find(key)?.why();
  }
}
