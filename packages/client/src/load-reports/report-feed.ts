import type { LoadReport, ReportsWanted } from '@fairlead/balancing';
import type { Timer } from '@fairlead/discovery';
import type { SubchannelInterface } from '../grpc.js';
import { reportIntervalMs } from './interval.js';
import type { Membership, SharedStreams, StreamOptions } from './shared-streams.js';

/** A connection as the feed sees it. */
export interface ReportingConnection {
  readonly key: string;
  /** What it is connected through; null while it is not. */
  readonly readySubchannel: SubchannelInterface | null;
}

export interface FeedOptions extends StreamOptions {
  readonly streams: SharedStreams;
  /** The connections there are. */
  connections(): Iterable<ReportingConnection>;
  /** What the pipeline wants now; null = nothing. */
  wanted(): ReportsWanted | null;
  report(key: string, report: LoadReport): void;
}

/** How often calls are counted and streams made to fit (ms). After one such time without calls all are closed. */
const TICK_MS = 1000;

interface Subscription {
  readonly subchannel: SubchannelInterface;
  readonly membership: Membership;
}

/**
 * Brings load reports to the pipeline of one channel, on streams, while the channel makes calls. At rest no stream is
 * open: a stream keeps its connection, and so the process, awake.
 */
export class ReportFeed {
  private readonly options: FeedOptions;
  private readonly subscriptions = new Map<string, Subscription>();
  private calls = 0;
  private timer: Timer | null = null;

  constructor(options: FeedOptions) {
    this.options = options;
  }

  /** A call was picked. */
  picked(): void {
    this.calls += 1;
    if (this.timer === null && (this.options.wanted()?.outOfBandMs ?? null) !== null) this.schedule();
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

  private schedule(): void {
    this.timer = this.options.clock.setTimeout(() => this.tick(), TICK_MS);
    this.timer.unref();
  }

  private tick(): void {
    this.timer = null;
    const { calls } = this;
    this.calls = 0;
    const intervalMs = calls === 0 ? null : this.intervalMs((calls * 1000) / TICK_MS);
    if (intervalMs === null) {
      this.close();
      // At rest the next call begins anew; else the rate may rise.
      if (calls > 0) this.schedule();
      return;
    }
    this.subscribe(intervalMs);
    this.schedule();
  }

  /** Null: no streams. */
  private intervalMs(callsPerSecond: number): number | null {
    const asked = this.options.wanted()?.outOfBandMs ?? null;
    if (asked === null || asked > 0) return asked;
    const connected = [...this.options.connections()].filter((c) => c.readySubchannel !== null).length;
    return reportIntervalMs(connected, callsPerSecond);
  }

  private subscribe(intervalMs: number): void {
    const gone = new Set(this.subscriptions.keys());
    for (const { key, readySubchannel } of this.options.connections()) {
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
  }
}
