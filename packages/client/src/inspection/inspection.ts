import type { ConnectionState, EndpointInspection, ReportInspection, Why } from '@fairlead/balancing';
import type { SourceKind } from '@fairlead/discovery';

/** What the channels of this process do, as plain JSON. Times are epoch ms, ages and intervals ms. */
export interface ChannelsInspection {
  /** Of this format: raised when a field changes its meaning or goes; new fields may come at any time. */
  readonly version: 1;
  /** The version of this package. */
  readonly client: string;
  readonly atMs: number;
  /** One for each channel that is not closed or idle, the oldest first. */
  readonly channels: readonly ChannelInspection[];
}

/** One channel. */
export interface ChannelInspection {
  /** As it was dialled; '' below a resolver that is not ours. */
  readonly target: string;
  /** What the channel was told last; null: there is no balancer of ours, or it has not said anything yet. */
  readonly state: ConnectionState | null;
  readonly policy: PolicyInspection;
  /** Null below a resolver that is not ours. */
  readonly endpointSet: EndpointSetInspection | null;
  /** How many connections are in each state. */
  readonly connections: Readonly<Record<ConnectionState, number>>;
  /** The text of a call that failed now for want of an endpoint; null: one is connected, or may soon be. */
  readonly failure: string | null;
  readonly endpoints: readonly ChannelEndpoint[];
}

/** Who decides in a channel. */
export interface PolicyInspection {
  /** A policy of a `fairlead` config, or the name of a policy of grpc-js that decides in its place. */
  readonly name: string;
  /** What it goes by at present, where that may change; null: it always decides alike. */
  readonly basis: string | null;
  /** The whole `fairlead` config with its defaults; null: another policy decides. */
  readonly config: object | null;
  /** Why the latest config, of whoever says one, is not used: the last good one still is. Null: it is. */
  readonly rejected: string | null;
}

/** What is known of the endpoints of a target. */
export interface EndpointSetInspection {
  /** `unknown`: nothing was heard yet. `stale`: the source is away, these are its last words. */
  readonly state: 'live' | 'stale' | 'unknown';
  /** Of a state that is not live; null: nothing went wrong so far. */
  readonly sinceMs: number | null;
  readonly cause: string | null;
  /** Null: the source does not tell, or there is no set yet. */
  readonly source: SourceKind | null;
  /** Equal in every process that sees the same endpoints; null: there is no set yet. */
  readonly version: string | null;
  /** What changed last; null: there is no set yet. */
  readonly lastChange: {
    readonly reason: string;
    readonly atMs: number;
    readonly ageMs: number;
    /** How old the change was when it was read, where the cluster says so. */
    readonly lateMs: number | null;
  } | null;
}

/** One endpoint of a channel. What only a balancer of ours knows is null under another policy. */
export interface ChannelEndpoint {
  /** Its addresses: `ip:port`, sorted, with commas between. */
  readonly key: string;
  readonly pod: string | null;
  readonly node: string | null;
  readonly zone: string | null;
  /** Why it gets calls, or gets none. */
  readonly why: Why | null;
  /** Null: there is no connection. */
  readonly connection: { readonly state: ConnectionState; readonly sinceMs: number } | null;
  /** Its part of the calls in proportion to the others', once it is connected; 0: it gets none. */
  readonly worth: number | null;
  /** Calls of this channel that have started and not ended, streams left out. */
  readonly inFlight: number | null;
  /** Streams that are open. */
  readonly streams: number | null;
  /** Part of this channel's last calls that it failed or refused, 0 to 1, where the policy goes by it. */
  readonly failing: number | null;
  /** Null: its calls do not fail so much that it is left out. */
  readonly ejection: EndpointInspection['ejection'];
  /** Null: it sent no load report, or nobody wants one. */
  readonly report: (ReportInspection & { readonly ageMs: number }) | null;
  /** Interval of the stream of load reports that is open to it (ms); null: none is. */
  readonly reportStreamMs: number | null;
}
