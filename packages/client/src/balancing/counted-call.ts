import {
  decodeLoadReport,
  type Outcome,
  type Pipeline,
  REPORT_TRAILER,
  type Slot,
} from '@fairlead/balancing';
import type { Metadata, PickResult } from '../grpc.js';
import { FIXED_STREAM, MovableStream, type StreamCall } from '../streams/stream-call.js';
import type { Connection } from './connection.js';
import type { PickHost } from './picker.js';

/** A call that was picked: who hears of it, and what it is asked. */
export interface CountedCall {
  readonly host: PickHost;
  readonly pipeline: Pipeline;
  readonly slot: Slot;
  readonly connection: Connection;
  /** Its trailers may hold a load report. */
  readonly reads: boolean;
  /** They show whether the server has any: the call asks for one. */
  readonly shows: boolean;
}

/**
 * The result of every pick of one slot for as long as its connection stays as it is. It is kept on the slot, so that
 * a pick looks nothing up and allocates nothing, and it is flat: among a thousand endpoints each object that a call
 * touches is a cache miss.
 */
export class PreparedPick implements PickResult {
  readonly pickResultType: PickResult['pickResultType'];
  readonly subchannel: PickResult['subchannel'];
  readonly status = null;
  readonly onCallStarted: PickResult['onCallStarted'];
  readonly onCallEnded: PickResult['onCallEnded'];
  /** False once the connection closed, changed its state or got another cell. */
  valid = true;
  /** Whether the server reports its load when a call asks; undefined: not known yet. */
  readonly reports: boolean | undefined;

  /**
   * grpc-js starts a picked call some microtasks later, or drops it without a word (the call ended, credentials
   * failed, the connection broke): only calls that start are counted, and those always end. Both are called from
   * promise callbacks, where an exception would end the process.
   */
  constructor({ pickResultType, subchannel }: PickResult, call: CountedCall) {
    const { host, pipeline, slot, connection, reads } = call;
    const { cell } = connection;
    this.reports = connection.server.reports;
    this.pickResultType = pickResultType;
    this.subchannel = subchannel;
    this.onCallStarted = () => {
      try {
        cell.picks += 1;
        pipeline.started(slot);
      } catch (error) {
        host.broke(error);
      }
    };
    this.onCallEnded = (code, _details, trailers) => {
      try {
        pipeline.ended(slot, outcomeOf(code));
        if (reads) takeReport(call, trailers);
      } catch (error) {
        host.broke(error);
      }
    };
  }
}

/** The codes that gRPC has are 0 to 16; servers may send any number. */
const OUTCOMES = Array.from({ length: 17 }, (_, code): Outcome => ({ code, latencyMs: 0, streaming: false }));

/** The outcome of a call whose time nobody wants: one object for all calls of a code, so that an end allocates nothing. */
function outcomeOf(code: number): Outcome {
  return OUTCOMES[code] ?? { code, latencyMs: 0, streaming: false };
}

/** Hands on the load report of a call that ended; false: there is none of use. */
function takeReport({ pipeline, slot }: CountedCall, trailers: Metadata): boolean {
  const bytes = trailers.get(REPORT_TRAILER)[0];
  const report = bytes instanceof Uint8Array ? decodeLoadReport(bytes) : undefined;
  if (report === undefined) return false;
  pipeline.report(slot.key, report);
  return report.requestsInFlight !== undefined || pipeline.reports?.needsInFlight !== true;
}

/**
 * As PreparedPick for a single call: the pipeline wants its time, the leaf has callbacks of its own for it, or it shall
 * show whether its server reports.
 */
export function countOneCall(leaf: PickResult, call: CountedCall): PickResult {
  const { host, pipeline, slot, connection, reads, shows } = call;
  const { pickResultType, subchannel, onCallStarted, onCallEnded } = leaf;
  const { cell, server } = connection;
  let startedMs = 0;
  return {
    pickResultType,
    subchannel,
    status: null,
    onCallStarted: () => {
      try {
        onCallStarted?.();
        startedMs = host.now();
        cell.picks += 1;
        pipeline.started(slot);
      } catch (error) {
        host.broke(error);
      }
    },
    onCallEnded: (code, details, metadata) => {
      try {
        pipeline.ended(slot, { code, latencyMs: host.now() - startedMs, streaming: false });
        const reported = reads && takeReport(call, metadata);
        // A call that failed may have ended before it came to who reports.
        if (shows && (reported || code === host.grpc.status.OK)) connection.learned(server, reported);
        onCallEnded?.(code, details, metadata);
      } catch (error) {
        host.broke(error);
      }
    },
  };
}

/** As countOneCall for a stream. How long it lasts is no latency, but tells streams that a server ends at once. */
export function countStream(leaf: PickResult, call: CountedCall, { handler }: StreamCall): PickResult {
  const { host, pipeline, slot, connection, reads } = call;
  const { pickResultType, subchannel, onCallStarted, onCallEnded } = leaf;
  const { cell } = connection;
  const stream = handler === null ? FIXED_STREAM : new MovableStream(handler);
  let startedMs = 0;
  return {
    pickResultType,
    subchannel,
    status: null,
    onCallStarted: () => {
      try {
        onCallStarted?.();
        startedMs = host.now();
        cell.picks += 1;
        cell.streams = (cell.streams ?? 0) + 1;
        pipeline.started(slot, stream);
        host.changed();
      } catch (error) {
        host.broke(error);
      }
    },
    onCallEnded: (code, details, metadata) => {
      try {
        cell.streams = (cell.streams ?? 1) - 1;
        pipeline.ended(slot, { code, latencyMs: host.now() - startedMs, streaming: true }, stream);
        host.changed();
        if (reads) takeReport(call, metadata);
        onCallEnded?.(code, details, metadata);
      } catch (error) {
        host.broke(error);
      }
    },
  };
}
