import type { LoadReport, ReportsWanted } from '@fairlead/balancing';
import type { Timer } from '@fairlead/discovery';
import type { SubchannelInterface } from '../grpc.js';
import { askEvery, reportIntervalMs } from './interval.js';
import type { ReportingServer } from './reporting-server.js';
import type { Membership, SharedStreams, StreamOptions } from './shared-streams.js';

/** A connection as the feed sees it. */
export interface ReportingConnection {
  readonly key: string;
  /** What it is connected through; null while it is not. */
  readonly readySubchannel: SubchannelInterface | null;
  readonly server: ReportingServer;
}

export interface FeedOptions extends StreamOptions {
  readonly streams: Pick<SharedStreams, 'join'>;
  /** Epoch ms that do not run backwards. */
  now(): number;
  /** The connections there are. */
  connections(): Iterable<ReportingConnection>;
  /** How many of them are ready. */
  readyCount(): number;
  report(key: string, report: LoadReport): void;
}

/** How long calls are counted for their rate (ms). */
const WINDOW_MS = 1000;
/** A longer time (ms) may have been a pause: a rate over it says nothing of now. */
const PAUSE_MS = 2000;
/** The clock is read once in so many calls: each time costs as much as a pick. */
const CALLS_A_LOOK = 8;
/** Streams that are open stay until their reports would come less often than this (ms). */
const LONGEST_OPEN_MS = 2000;
/** A client is at rest when no call came for so many times the longest while between looks in the last window ... */
const REST_GAPS = 3;
/** ... but not before, and not later than this (ms). */
const LEAST_REST_MS = 100;
const LONGEST_REST_MS = 1000;

interface Subscription {
  readonly subchannel: SubchannelInterface;
  readonly membership: Membership;
}

/**
 * Brings load reports to the pipeline of one channel. It counts the calls, and from their rate it follows whether calls
 * ask for reports in their trailers, and how often servers send them on streams. At rest no stream is open and no timer
 * runs: a stream keeps its connection, and so the process, awake.
 */
export class ReportFeed {
  /** Whether the last call picked asks for a report in its trailers, unless it is known of its server that it has none. */
  asking = false;
  /** Every how many-th call asks; 0: none. */
  private every = 0;
  private readonly options: FeedOptions;
  private wanted: ReportsWanted | null = null;
  private readonly subscriptions = new Map<string, Subscription>();
  private calls = 0;
  /** Streams are wanted whatever the rate, and there are none: the next call opens them, if that is due. */
  private eager = false;
  /** When those were opened last. */
  private openedMs = Number.NEGATIVE_INFINITY;
  /** A call came since the timer was set. */
  private busy = false;
  private windowMs = Number.NEGATIVE_INFINITY;
  /** The window began after a pause: its rate holds, however long it is. */
  private begun = false;
  /** No rate is known yet. */
  private isNew = false;
  private lookedMs = Number.NEGATIVE_INFINITY;
  private longestGapMs = 0;
  private restMs = LONGEST_REST_MS;
  private timer: Timer | null = null;

  constructor(options: FeedOptions) {
    this.options = options;
  }

  /** Another pipeline decides from now on, by these reports; null: by none. */
  want(wanted: ReportsWanted | null): void {
    if (isSame(wanted, this.wanted)) return;
    this.close();
    this.wanted = wanted;
    this.every = wanted?.trailers === true ? 1 : 0;
    this.isNew = wanted?.outOfBandMs === 0;
    this.begun = false;
    this.asking = false;
    this.eager = isPeriod(wanted);
    this.openedMs = Number.NEGATIVE_INFINITY;
    this.windowMs = Number.NEGATIVE_INFINITY;
    this.calls = 0;
  }

  /** A call was picked. */
  picked(): void {
    if (this.wanted === null) return;
    this.calls += 1;
    this.busy = true;
    this.asking = this.every > 0 && this.calls % this.every === 0;
    if (this.isNew && this.options.readyCount() < 2) this.asking = false;
    const first = this.eager && this.calls < CALLS_A_LOOK;
    if (first || this.calls % CALLS_A_LOOK === 0) this.look();
  }

  /** The connection to a key is closed or lost. */
  lost(key: string): void {
    this.subscriptions.get(key)?.membership.leave();
    this.subscriptions.delete(key);
  }

  /** Interval of the stream that is open to a key (ms); null: none is. */
  streamMs(key: string): number | null {
    return this.subscriptions.get(key)?.membership.openMs() ?? null;
  }

  close(): void {
    this.timer?.cancel();
    this.timer = null;
    for (const key of [...this.subscriptions.keys()]) this.lost(key);
  }

  private look(): void {
    const { wanted } = this;
    if (wanted === null || wanted.outOfBandMs === null) return;
    const nowMs = this.options.now();
    this.longestGapMs = Math.max(this.longestGapMs, nowMs - this.lookedMs);
    this.lookedMs = nowMs;
    const elapsedMs = nowMs - this.windowMs;
    if (elapsedMs < WINDOW_MS && !this.isOpeningDue(wanted)) return;
    this.begun = wanted.outOfBandMs === 0 && elapsedMs > PAUSE_MS && !this.begun;
    if (!this.begun) this.fit(wanted, (this.calls * 1000) / elapsedMs);
    this.calls = 0;
    this.windowMs = nowMs;
    this.longestGapMs = 0;
  }

  /** Each stream that opens brings a report at once: those that were closed at rest need not open before the next is due. */
  private isOpeningDue({ outOfBandMs }: ReportsWanted): boolean {
    return this.eager && this.lookedMs - this.openedMs >= (outOfBandMs ?? 0);
  }

  private fit(wanted: ReportsWanted, callsPerSecond: number): void {
    const ready = this.options.readyCount();
    if (wanted.outOfBandMs === 0) {
      const { maxAgeMs = Number.POSITIVE_INFINITY } = wanted;
      const asking = this.every > 0 && !this.isNew;
      this.every = askEvery({ endpoints: ready, callsPerSecond, maxAgeMs, asking });
      this.isNew = false;
    }
    this.restMs = Math.min(Math.max(this.longestGapMs * REST_GAPS, LEAST_REST_MS), LONGEST_REST_MS);
    const intervalMs = this.intervalMs(wanted, ready, callsPerSecond);
    if (intervalMs === null) this.close();
    else this.subscribe(intervalMs, wanted.outOfBandMs === 0);
  }

  /** Null: no streams. */
  private intervalMs(wanted: ReportsWanted, ready: number, callsPerSecond: number): number | null {
    const { outOfBandMs } = wanted;
    if (this.eager && !this.isOpeningDue(wanted)) return null;
    if (outOfBandMs !== 0) return outOfBandMs;
    if (this.every === 0) return null;
    return this.subscriptions.size === 0
      ? reportIntervalMs(ready, callsPerSecond)
      : reportIntervalMs(ready, callsPerSecond, LONGEST_OPEN_MS);
  }

  /** `known`: only servers of which it is known that they report. */
  private subscribe(intervalMs: number, known: boolean): void {
    const gone = new Set(this.subscriptions.keys());
    for (const { key, readySubchannel, server } of this.options.connections()) {
      if (known && server.reports !== true) continue;
      gone.delete(key);
      const before = this.subscriptions.get(key);
      if (before !== undefined && before.subchannel === readySubchannel) {
        before.membership.setInterval(intervalMs);
        continue;
      }
      this.lost(key);
      if (readySubchannel === null) continue;
      const listener = (report: LoadReport): void => this.options.report(key, report);
      const membership = this.options.streams.join(readySubchannel, { intervalMs, listener }, this.options);
      this.subscriptions.set(key, { subchannel: readySubchannel, membership });
    }
    for (const key of gone) this.lost(key);
    if (this.subscriptions.size === 0) return;
    if (this.eager) this.openedMs = this.lookedMs;
    this.eager = false;
    this.watchRest();
  }

  /** Closes the streams once there were no calls for a while. */
  private watchRest(): void {
    if (this.timer !== null) return;
    this.busy = false;
    this.timer = this.options.clock.setTimeout(() => {
      this.timer = null;
      if (this.busy) {
        this.watchRest();
        return;
      }
      this.close();
      this.calls = 0;
      this.eager = isPeriod(this.wanted);
    }, this.restMs);
    this.timer.unref();
  }
}

/** Streams are wanted at a given period, not as is worth their cost. */
function isPeriod(wanted: ReportsWanted | null): boolean {
  return (wanted?.outOfBandMs ?? 0) > 0;
}

function isSame(a: ReportsWanted | null, b: ReportsWanted | null): boolean {
  if (a === null || b === null) return a === b;
  return (
    a.trailers === b.trailers &&
    a.outOfBandMs === b.outOfBandMs &&
    a.needsInFlight === b.needsInFlight &&
    a.maxAgeMs === b.maxAgeMs
  );
}
