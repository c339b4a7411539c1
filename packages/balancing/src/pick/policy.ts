import type { Entry } from '../candidates/entry.js';
import type { Load } from '../candidates/loads.js';
import type { Now, Outcome, PickContext, Random, ReportsWanted } from '../contract.js';

/** What every policy is made with. */
export interface PolicyHost {
  readonly now: Now;
  readonly random: Random;
}

/**
 * Chooses among the entries that it was given: those that are planned, connected and not ejected. A policy that says
 * `lazy` gets them when they are planned, looks at `entry.connection` itself, and may choose one that is idle: the host
 * then connects it.
 */
export interface PickPolicy {
  add(entry: Entry): void;
  remove(entry: Entry): void;
  /** The worth of entries of the list changed. */
  reweigh(): void;
  /** An entry of the list has another candidate, and perhaps another load. */
  moved?(entry: Entry): void;
  /** Undefined: nothing can be picked now. */
  pick(context: PickContext): Entry | undefined;
  /** Entries come when they are planned, not when they are connected. Absent = false. */
  readonly lazy?: boolean;
  /** `ended` reads the latency; may turn true later. Absent = false. */
  readonly usesLatency?: boolean;
  /** A connection of an entry of the list, or soon of it, became ready. */
  connected?(entry: Entry): void;
  ended?(load: Load, outcome: Outcome): void;
  /** `load.reported` is new. */
  reported?(load: Load): void;
  /** Which load reports it decides by; absent or null = none. */
  readonly reports?: ReportsWanted | null;
  /** What it goes by at present, in words; absent: it always decides alike. */
  readonly basis?: string;
  /** Epoch ms at which `wake` is wanted; absent or null = never. */
  readonly nextWakeMs?: number | null;
  wake?(): void;
}
