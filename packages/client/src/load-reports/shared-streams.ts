import { decodeLoadReport, encodeReportRequest, type LoadReport, STREAM_METHOD } from '@fairlead/balancing';
import type { Clock, Timer } from '@fairlead/discovery';
import type { Grpc, SubchannelInterface } from '../grpc.js';

export type ReportListener = (report: LoadReport) => void;

/** The part of somebody in a stream of load reports. */
export interface Membership {
  /** Asks for another interval (ms). */
  setInterval(intervalMs: number): void;
  leave(): void;
  /** Interval of the stream while it is open (ms); null while it is not. */
  openMs(): number | null;
}

export interface StreamOptions {
  readonly grpc: Grpc;
  readonly clock: Clock;
  /** Runs what must not belong to the caller's async context. */
  outside<T>(fn: () => T): T;
}

/** Waits before a stream that broke is opened again (ms): the first, and at most. */
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 60_000;
/** Reports that a server may send at once, and per second: ten times what it is ever asked for. More is a flood. */
const MOST_REPORTS = 100;
/** A stream is opened anew when what is wanted of it differs by this factor: an interval cannot be changed. */
const FACTOR = 2;

/**
 * The streams of out-of-band load reports (gRFC A51) of a process: one per connection, however many channels share it
 * and want its reports.
 */
export class SharedStreams {
  private readonly streams = new WeakMap<object, ReportStream>();

  join(
    subchannel: SubchannelInterface,
    { intervalMs, listener }: { readonly intervalMs: number; readonly listener: ReportListener },
    options: StreamOptions,
  ): Membership {
    const real = subchannel.getRealSubchannel();
    let stream = this.streams.get(real);
    if (stream === undefined) {
      stream = new ReportStream(subchannel, options);
      this.streams.set(real, stream);
    }
    return stream.join(intervalMs, listener);
  }
}

interface Member {
  intervalMs: number;
  readonly listener: ReportListener;
}

class ReportStream {
  private readonly subchannel: SubchannelInterface;
  private readonly options: StreamOptions;
  private readonly members = new Set<Member>();
  private call: { cancel(): void } | null = null;
  private askedMs = 0;
  private waitMs = FIRST_WAIT_MS;
  private timer: Timer | null = null;
  /** The server has no such service: nobody asks it again over this connection. */
  private unsupported = false;

  constructor(subchannel: SubchannelInterface, options: StreamOptions) {
    this.subchannel = subchannel;
    this.options = options;
  }

  join(intervalMs: number, listener: ReportListener): Membership {
    const member: Member = { intervalMs, listener };
    this.members.add(member);
    this.fit();
    return {
      setInterval: (ms) => {
        member.intervalMs = ms;
        this.fit();
      },
      leave: () => {
        if (this.members.delete(member)) this.fit();
      },
      openMs: () => (this.call === null ? null : this.askedMs),
    };
  }

  /** Makes the stream fit what its members want. */
  private fit(): void {
    const wantedMs = Math.min(...Array.from(this.members, ({ intervalMs }) => intervalMs));
    if (this.members.size === 0) {
      this.stop();
      this.waitMs = FIRST_WAIT_MS;
      // Behind the next connection there may be another server.
      const { READY } = this.options.grpc.connectivityState;
      if (this.subchannel.getConnectivityState() !== READY) this.unsupported = false;
      return;
    }
    const fits = wantedMs <= this.askedMs * FACTOR && wantedMs * FACTOR >= this.askedMs;
    if (this.unsupported || this.timer !== null || (this.call !== null && fits)) return;
    this.stop();
    this.open(wantedMs);
  }

  private stop(): void {
    this.timer?.cancel();
    this.timer = null;
    const { call } = this;
    this.call = null;
    call?.cancel();
  }

  private open(intervalMs: number): void {
    const { grpc, outside } = this.options;
    this.askedMs = intervalMs;
    // Over this very connection; the target is not used.
    const channelOverride = this.subchannel.getChannel();
    // Ends nothing but its entry in channelz, which grpc-js would keep, with the subchannel, for the life of the process.
    channelOverride.close();
    const call = outside(() => {
      const client = new grpc.Client('load-reports', grpc.credentials.createInsecure(), { channelOverride });
      return client.makeServerStreamRequest(
        STREAM_METHOD,
        (ms: number) => Buffer.from(encodeReportRequest(ms)),
        (bytes: Buffer) => decodeLoadReport(bytes),
        intervalMs,
      );
    });
    this.call = call;
    const flood = new FloodGauge(this.options.clock);
    call.on('data', (report: LoadReport | undefined) => {
      if (this.call !== call) return;
      if (flood.rises()) {
        this.stop();
        this.waitMs = LONGEST_WAIT_MS;
        this.ended(false);
      } else if (report !== undefined) {
        this.waitMs = FIRST_WAIT_MS;
        for (const { listener } of this.members) listener(report);
      }
    });
    // An error without a listener would end the process; the status says the same.
    call.on('error', () => {});
    call.on('status', ({ code }) => {
      if (this.call === call) this.ended(code === grpc.status.UNIMPLEMENTED);
    });
  }

  private ended(unsupported: boolean): void {
    this.call = null;
    this.unsupported ||= unsupported;
    if (this.members.size === 0 || this.unsupported) return;
    this.timer = this.options.clock.setTimeout(() => {
      this.timer = null;
      this.fit();
    }, this.waitMs);
    this.timer.unref();
    this.waitMs = Math.min(this.waitMs * 2, LONGEST_WAIT_MS);
  }
}

/** Counts reports against what a server may send: a bucket that fills again as time passes. */
class FloodGauge {
  private readonly clock: Clock;
  private left = MOST_REPORTS;
  private atMs: number;

  constructor(clock: Clock) {
    this.clock = clock;
    this.atMs = clock.now();
  }

  /** Counts one more; true: they are too many. */
  rises(): boolean {
    const nowMs = this.clock.now();
    const more = (Math.max(0, nowMs - this.atMs) * MOST_REPORTS) / 1000;
    this.atMs = nowMs;
    this.left = Math.min(MOST_REPORTS, this.left + more) - 1;
    return this.left < 0;
  }
}
