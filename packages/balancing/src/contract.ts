/**
 * Time of the host: milliseconds since the epoch. Best from a clock that does not run backwards; while one is set back,
 * time stands still and then goes on.
 */
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
  /** Ready, but this client does not use it: it is hinted at other zones or nodes, not in its subset, or `pickFirst` keeps another one. */
  | 'not-selected'
  /** Connected, but its calls fail: the outlier detection leaves it out. */
  | 'ejected'
  | 'connecting'
  | 'failed'
  | 'idle';

/**
 * What the host must do now. The sets never change; a new plan is a new object.
 *
 * A key that is not usable is in none of them: an endpoint that is not ready needs no connection yet, and the host
 * closes the connection of a terminating one gracefully, so that calls in flight finish. When no endpoint is ready,
 * those that serve while they terminate are planned, and so connected.
 */
export interface Plan {
  /** Keys to keep connected. */
  readonly connect: ReadonlySet<string>;
  /** Keys to connect when picked. */
  readonly lazy: ReadonlySet<string>;
  /**
   * Keys that may be picked once connected, with their worth (> 0: their part of the calls in proportion to the
   * others'), at the moment at which it is read.
   */
  readonly pick: ReadonlyMap<string, number>;
  /** Where a key of the present list stands at this moment (not at the moment of the plan); undefined: not in it. */
  why(key: string): Why | undefined;
}

export type ConnectionState = 'idle' | 'connecting' | 'ready' | 'failed';

/** What a pick may look at. It never holds a deadline, a method or an async context. */
export interface PickContext {
  /** First value of a request header (lower case), or undefined. */
  header(name: string): string | undefined;
  readonly hash?: bigint;
  /** The call is a stream. Absent = false. */
  readonly streaming?: boolean;
}

/** A stream while it is open. Known by the object, which the host makes; those that are not movable may share one. */
export interface OpenStream {
  /** Its application opens it again elsewhere when it is asked to. */
  readonly movable: boolean;
}

/** A stream that its application shall open again, and why: its endpoint has too many, or will soon be gone. */
export interface StreamMove {
  readonly stream: OpenStream;
  readonly reason: 'imbalance' | 'terminating';
}

/** A decision for one call. `token` is opaque to the host, which hands it back to `started` and `ended`. */
export interface Slot {
  readonly key: string;
  readonly token: unknown;
  /** Room for what the host knows of the key, so that it need not look it up at each pick. Undefined at first. */
  attachment?: unknown;
}

/** How a call ended. `code` is the gRPC status code. */
export interface Outcome {
  readonly code: number;
  /** From start to end; of a call that is no stream 0 when the pipeline does not use it. */
  readonly latencyMs: number;
  /** The call was a stream: how long it lasted is no latency. */
  readonly streaming: boolean;
}

/** A load report (ORCA) of one endpoint. Figures that are not finite or negative count as not said. */
export interface LoadReport {
  /** CPU in use ÷ CPU there is; may exceed 1. */
  readonly cpuUtilization?: number;
  /** The application's own measure of how busy it is; it wins over the CPU. */
  readonly applicationUtilization?: number;
  /** Calls, and failed calls, per second. */
  readonly rps?: number;
  readonly eps?: number;
  /** Calls in flight at the server, of all clients. */
  readonly requestsInFlight?: number;
  /** How long a call takes there at its present load. */
  readonly latencyMs?: number;
}

/** Why an endpoint was ejected: a fast path, or an algorithm of gRFC A50. */
export type EjectionCause =
  | 'consecutive-failures'
  | 'consecutive-timeouts'
  | 'success-rate'
  | 'failure-percentage';

/** What a pipeline knows of one endpoint of its list: plain values of the moment at which it was asked. */
export interface EndpointInspection {
  readonly key: string;
  readonly why: Why;
  /** Its part of the calls in proportion to the others', once it is connected; 0: it gets none. */
  readonly worth: number;
  /** Calls of this process that have started and not ended, streams left out. */
  readonly inFlight: number;
  /** Streams of this process that are open. */
  readonly streams: number;
  /** Part of this process's last calls that it failed or refused, 0 to 1, where the policy goes by it. */
  readonly failing: number;
  /** Null: not ejected. While too few would be left it is, but gets calls all the same. */
  readonly ejection: {
    readonly cause: EjectionCause;
    readonly sinceMs: number;
    /** Epoch ms from which on it is taken back, at the end of an interval. */
    readonly untilMs: number;
  } | null;
  /** What its last load report said; null: there was none. Figures that were not said, or are too old, are left out. */
  readonly report: ReportInspection | null;
}

/** The last load report of an endpoint, as it is believed. */
export interface ReportInspection extends Pick<LoadReport, 'requestsInFlight' | 'latencyMs' | 'rps' | 'eps'> {
  /** When it came (epoch ms). */
  readonly atMs: number;
  /** The application's own, else of the CPU. */
  readonly utilization?: number;
}

/** The state of a pipeline as values, for tests, tools and dashboards. */
export interface PipelineInspection {
  /** Name of the policy, as in a config. */
  readonly policy: string;
  /** What it goes by at present, in words, where that may change; null: it always decides alike. */
  readonly basis: string | null;
  readonly endpoints: readonly EndpointInspection[];
}

/** Which load reports a pipeline decides by. */
export interface ReportsWanted {
  /** In the trailers of calls (gRFC A51 per call). */
  readonly trailers: boolean;
  /**
   * On a stream of their own, at this period (ms); null: not at all. 0: the host finds out which servers report, and asks
   * them, in trailers and on streams, as often as is worth its cost.
   */
  readonly outOfBandMs: number | null;
  /** Reports are of use only if they say how many calls are in flight. Absent = false. */
  readonly needsInFlight?: boolean;
  /** Older ones (ms) are of no use. Absent: the policy does not say. */
  readonly maxAgeMs?: number;
}

/**
 * The decisions of one channel: conditions → worth → pick. Pure but for its own counters; the host owns connections,
 * timers and wire. Every call is synchronous.
 */
export interface Pipeline {
  /**
   * Takes the complete list; returns the plan, the same object while the planned keys are the same. An endpoint that
   * is the same object as before costs one comparison. Of two candidates with one key the first counts.
   */
  update(candidates: readonly Candidate[]): Plan;
  /**
   * A connection changed state. Null: the plan stays. A key starts at idle when it enters the plan; states of keys
   * outside the plan are ignored.
   */
  connection(key: string, state: ConnectionState): Plan | null;
  /**
   * Chooses from the keys of the plan last returned whose connection is ready, or, of lazy keys, from all: the host
   * then connects the key and lets the call wait. Null: there is none. The slot may be the same object for every pick
   * of an endpoint.
   */
  pick(context: PickContext): Slot | null;
  /** The call of a picked slot is on the wire; `stream` if it is one. Exactly one `ended` follows, with the same. */
  started(slot: Slot, stream?: OpenStream): void;
  ended(slot: Slot, outcome: Outcome, stream?: OpenStream): void;
  report(key: string, load: LoadReport): void;
  /** Forgets picks of this turn that were never started: the host calls it from setImmediate after a pick. */
  endOfTurn(): void;
  /**
   * Read after a pick. False: it needs no call of `endOfTurn`, because no other pick waited for its start; one that never
   * starts is then forgotten after the next. Absent = true.
   */
  readonly awaitsEndOfTurn?: boolean;
  /** Time of `nextWakeMs` came. Null: the plan stays, although the worth of its keys may be another. */
  wake(): Plan | null;
  /** Streams to open again elsewhere, as the last `wake()` found; each is said once and then expected to end. */
  takeMoves(): readonly StreamMove[];
  /** Epoch ms at which the host must call `wake()`, or null. */
  readonly nextWakeMs: number | null;
  /**
   * True when `ended` reads `latencyMs`: reading the clock twice costs a host more than the pick. Absent = false; it turns
   * true while it runs only where `reports` are wanted.
   */
  readonly usesLatency?: boolean;
  /** Load reports that it decides by; absent or null = none. */
  readonly reports?: ReportsWanted | null;
  /** What it knows now. Changes nothing; costs a look at every endpoint. Absent: it does not tell. */
  inspect?(): PipelineInspection;
}

export interface PipelineHost {
  readonly now: Now;
  readonly random: Random;
  /**
   * A pipeline that this one replaces after a change of config. What it knows of endpoints stays: calls in flight, load
   * reports, ejections, who is warm. Its slots stay valid here, and it forgets its candidates: the host updates the new
   * one and reports its connections anew.
   */
  readonly previous?: Pipeline;
  /** Where the client runs, for hints of endpoints and `preferZone`. Default: not known, so that neither means anything. */
  readonly zone?: string;
  readonly node?: string;
  /** What tells this client from others where they must not all choose alike (64 bits). Default: drawn at random. */
  readonly seed?: bigint;
}
