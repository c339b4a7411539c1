import type { Entry } from './candidates/entry.js';
import type { Plan, Why } from './contract.js';

/** No key: these policies connect eagerly. */
const NOTHING: ReadonlySet<string> = new Set();
/** Worth of every key: these policies treat all alike. */
const EVEN = 1;

/** Makes the plan in which every planned entry is kept connected and may be picked. */
export function evenPlan(entries: Iterable<Entry>, why: (key: string) => Why | undefined): Plan {
  const connect = new Set<string>();
  for (const entry of entries) if (entry.planned) connect.add(entry.key);
  return new EvenPlan(connect, why);
}

class EvenPlan implements Plan {
  readonly connect: ReadonlySet<string>;
  readonly lazy = NOTHING;
  readonly why: (key: string) => Why | undefined;
  private worth: ReadonlyMap<string, number> | undefined;

  constructor(connect: ReadonlySet<string>, why: (key: string) => Why | undefined) {
    this.connect = connect;
    this.why = why;
  }

  /** Made when first read: a host picks through the pipeline and seldom looks. */
  get pick(): ReadonlyMap<string, number> {
    this.worth ??= new Map(Array.from(this.connect, (key) => [key, EVEN]));
    return this.worth;
  }
}
