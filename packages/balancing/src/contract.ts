/** Time of the host: milliseconds since the epoch, from a clock that does not run backwards. */
export type Now = () => number;
/** A number in [0, 1). */
export type Random = () => number;

/** An endpoint as the decisions see it. Discovery's `Endpoint` fits structurally. */
export interface Candidate {
  /** Connections are keyed by it. */
  readonly key: string;
  /** History (in flight, later latency and ejection) is keyed by it, else by `key`. */
  readonly uid?: string;
  readonly zone?: string;
  readonly node?: string;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly forZones?: readonly string[];
  readonly forNodes?: readonly string[];
  readonly weight?: number;
}

/** Why a key is, or is not, in the pick set. */
export type Why =
  | 'ready'
  | 'not-ready'
  | 'terminating'
  | 'terminating-fallback'
  | 'connecting'
  | 'failed'
  | 'idle';

/**
 * What the host must do now. `connect`: keys to keep connected. `lazy`: keys to connect when picked. `pick`: keys
 * that may be picked, with their worth (≥ 0). Immutable.
 */
export interface Plan {
  readonly connect: ReadonlySet<string>;
  readonly lazy: ReadonlySet<string>;
  readonly pick: ReadonlyMap<string, number>;
  why(key: string): Why | undefined;
}

export type ConnectionState = 'idle' | 'connecting' | 'ready' | 'failed';

/** What a pick may look at. It never holds a deadline, a method or an async context. */
export interface PickContext {
  /** First value of a request header (lower case), or undefined. */
  header(name: string): string | undefined;
  readonly hash?: bigint;
  readonly streaming?: boolean;
}

/** A decision for one call. `token` is opaque to the host, which hands it back to `started` and `ended`. */
export interface Slot {
  readonly key: string;
  readonly token: unknown;
}

/** How a call ended. `code` is the gRPC status code. */
export interface Outcome {
  readonly code: number;
  readonly latencyMs: number;
  readonly streaming: boolean;
}

/** A load report (ORCA) of one endpoint; used by later policies. */
export interface LoadReport {
  readonly cpuUtilization?: number;
  readonly applicationUtilization?: number;
  readonly rps?: number;
}

/**
 * The decisions of one channel: conditions → worth → pick. Pure but for its own counters; the host owns connections,
 * timers and wire. Every call is synchronous.
 */
export interface Pipeline {
  /** Takes the complete list; returns the plan (the same object when nothing changed). */
  update(candidates: readonly Candidate[]): Plan;
  /** A connection changed state. Null: the plan stays. */
  connection(key: string, state: ConnectionState): Plan | null;
  /** Chooses from the keys of the plan last published whose connection is ready. Null: none is. */
  pick(context: PickContext): Slot | null;
  started(slot: Slot): void;
  ended(slot: Slot, outcome: Outcome): void;
  report(key: string, load: LoadReport): void;
  /** Forgets picks of this turn that were never started: the host calls it from setImmediate after a pick. */
  endOfTurn(): void;
  /** Time of `nextWakeMs` came. Null: the plan stays. */
  wake(): Plan | null;
  /** Epoch ms at which the host must call `wake()`, or null. */
  readonly nextWakeMs: number | null;
}

export interface PipelineHost {
  readonly now: Now;
  readonly random: Random;
}
