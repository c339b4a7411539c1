/** What the client process is started with (JSON, its first argument). */
export interface ClientSettings {
  readonly kubeconfig: string;
  readonly target: string;
  /** Unary calls of each client, at a steady rate. */
  readonly callsPerSecond: number;
  /** Long streams, on a channel of their own that has no retries. */
  readonly streams: number;
  readonly deadlineMs: number;
  readonly keepalive: { readonly timeMs: number; readonly timeoutMs: number };
}

/** Which of the two clients: `channelOptions()` with retry off, or on. */
export type ClientName = 'plain' | 'retrying';

/** A unary call that failed. Times are monotonic (ms). */
export interface FailedCall {
  /** A `ClientName`, or the node id of an xDS client. */
  readonly client: string;
  readonly startedMs: number;
  readonly endedMs: number;
  readonly code: number;
  readonly details: string;
  /** `ip:port` that it was sent to last; null when it was sent nowhere. */
  readonly peer: string | null;
  /** Its answer had begun (headers came). */
  readonly begun: boolean;
  /** How long its process had no turn, from 2 s before its start to its end (ms). */
  readonly stalledMs: number;
}

/** A stream that ended although nobody closed it. */
export interface EndedStream {
  readonly openedMs: number;
  readonly endedMs: number;
  readonly code: number;
  readonly details: string;
  readonly peer: string | null;
}

/** An endpoint as the client publishes it, or as the API has it. */
export interface SeenEndpoint {
  readonly key: string;
  readonly pod: string;
  readonly node: string;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
}

/** What the client publishes. */
export interface View {
  readonly atMs: number;
  readonly endpoints: readonly SeenEndpoint[];
  readonly state: string;
}

/** What the client does right now. */
export interface Look {
  readonly view: View;
  /** Connections of all channels by state. */
  readonly connections: Readonly<Record<string, number>>;
  /** `ip:port` of the TCP peers of the process, as the kernel knows them. */
  readonly connectedTo: readonly string[];
  /** Answered calls by peer since the last mark, by client. */
  readonly answered: Readonly<Record<ClientName, Readonly<Record<string, number>>>>;
  /** When the last call went to a peer that ended since the last mark, whatever became of it. */
  readonly lastStartedMs: Readonly<Record<string, number>>;
  /** Peers of streams that had no answer for a second. */
  readonly silentStreams: readonly string[];
  readonly calls: number;
  readonly failed: number;
  readonly restarts: Readonly<Record<string, number>>;
}

/** What the process holds. */
export interface Holdings {
  readonly sockets: number;
  readonly timers: number;
  /** Where each timer was set. */
  readonly timerPlaces: readonly string[];
  /** What keeps the event loop alive, by kind. */
  readonly handles: Readonly<Record<string, number>>;
  /** Used heap after garbage collection (bytes). */
  readonly heapBytes: number;
  readonly rssBytes: number;
}

/** What is asked of the client process. */
export type Command =
  /** Begins to call. */
  | { readonly kind: 'open' }
  /** Answers with a `Look`; with `mark` calls are counted anew from here. */
  | { readonly kind: 'look'; readonly mark: boolean }
  /** Answers with `Holdings`. */
  | { readonly kind: 'hold' }
  | { readonly kind: 'moveDate'; readonly ms: number }
  /** Ends every call, closes clients and watch. */
  | { readonly kind: 'close' };

export type Answer = Look | Holdings | null;

/** What the client process says without being asked. */
export type Message =
  | { readonly kind: 'failed'; readonly call: FailedCall }
  | { readonly kind: 'stream'; readonly stream: EndedStream }
  | { readonly kind: 'view'; readonly view: View };
