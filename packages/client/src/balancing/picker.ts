import { ASK_HEADER, type PickContext, type Pipeline, type Slot } from '@fairlead/balancing';
import type { Grpc, Metadata, PickArgs, Picker, PickResult } from '../grpc.js';
import { type StreamCall, streamCallOf } from '../streams/stream-call.js';
import type { Connection } from './connection.js';
import { type CountedCall, countOneCall, countStream, PreparedPick } from './counted-call.js';

/** What pickers read of their balancer at the moment of a pick. */
export interface PickHost {
  readonly grpc: Grpc;
  /** The connection to a key; one that is connected when it is picked gets its connection now. */
  connection(key: string): Connection | undefined;
  now(): number;
  /** A pick happened: the pipeline must hear of the end of this turn. */
  picked(): void;
  /** Something else happened that may let the pipeline wait for another time. */
  changed(): void;
  /** Whether the call that was picked asks for a load report, if its server may have one. */
  readonly asksForReports: boolean;
  /** Nothing could be picked although the channel is READY: the call waits for the next picker. */
  starved(): void;
  /** A decision threw; returns what the call is told. */
  broke(error: unknown): string;
  /** Why calls fail now. */
  failure(): string;
}

/** What is asked of one pick; one object per picker, because picks never overlap. */
class Request implements PickContext {
  metadata: Metadata | null = null;
  streaming = false;

  header(name: string): string | undefined {
    const value = this.metadata?.get(name)[0];
    return typeof value === 'string' ? value : undefined;
  }
}

/** Undefined: the call is no stream. */
interface PickedStream {
  readonly stream: StreamCall | undefined;
}

function queue(grpc: Grpc): PickResult {
  return {
    pickResultType: grpc.experimental.PickResultType.QUEUE,
    subchannel: null,
    status: null,
    onCallStarted: null,
    onCallEnded: null,
  };
}

function fail(grpc: Grpc, details: string): PickResult {
  return {
    pickResultType: grpc.experimental.PickResultType.TRANSIENT_FAILURE,
    subchannel: null,
    status: { code: grpc.status.UNAVAILABLE, details, metadata: new grpc.Metadata() },
    onCallStarted: null,
    onCallEnded: null,
  };
}

/**
 * Picks among what is connected at the moment of the pick: the pipeline hears of removals and lost connections in
 * the tick in which they are read, so a picker that was published earlier cannot choose them.
 */
export class ReadyPicker implements Picker {
  private readonly host: PickHost;
  private readonly pipeline: Pipeline;
  private readonly request = new Request();
  private readonly wait: PickResult;
  /** Load reports may decide. */
  private readonly reporting: boolean;
  /** Servers are asked for reports once one of their calls has shown that they have them; else always. */
  private readonly learning: boolean;

  constructor(host: PickHost, pipeline: Pipeline) {
    const { reports = null } = pipeline;
    this.reporting = reports?.trailers === true;
    this.learning = reports?.outOfBandMs === 0;
    this.host = host;
    this.pipeline = pipeline;
    this.wait = queue(host.grpc);
  }

  pick(args: PickArgs): PickResult {
    // grpc-js lets an exception of pick() become an unhandled rejection that ends the process.
    try {
      return this.choose(args);
    } catch (error) {
      return fail(this.host.grpc, this.host.broke(error));
    } finally {
      this.request.metadata = null;
    }
  }

  private choose(args: PickArgs): PickResult {
    const { host, pipeline, request } = this;
    const stream = streamCallOf(args.metadata);
    request.metadata = args.metadata;
    request.streaming = stream !== undefined;
    const slot = pipeline.pick(request);
    if (slot === null) {
      host.starved();
      return this.wait;
    }
    host.picked();
    const { attachment } = slot;
    if (stream === undefined && attachment instanceof PreparedPick && attachment.valid) {
      if (!this.reporting) return attachment;
      const asks = host.asksForReports && attachment.reports !== false;
      const known = !this.learning || attachment.reports !== undefined;
      if ((known || !asks) && pipeline.usesLatency !== true) {
        if (asks) args.metadata.set(ASK_HEADER, '1');
        return attachment;
      }
    }
    return this.look(args, slot, stream);
  }

  /** The pick of a slot of which nothing is prepared, or not for this call. */
  private look(args: PickArgs, slot: Slot, stream: StreamCall | undefined): PickResult {
    const { host } = this;
    const connection = host.connection(slot.key);
    if (connection === undefined) {
      host.starved();
      return this.wait;
    }
    const result = connection.leaf.getPicker().pick(args);
    if (result.pickResultType !== host.grpc.experimental.PickResultType.COMPLETE) {
      host.starved();
      return result;
    }
    const { reports } = connection.server;
    const asks = this.reporting && host.asksForReports && reports !== false;
    if (asks) args.metadata.set(ASK_HEADER, '1');
    // Of a stream it would be known late.
    const shows = stream === undefined && this.learning && asks && reports === undefined;
    return this.counted(result, { slot, connection, shows, stream });
  }

  private counted(
    result: PickResult,
    { stream, ...picked }: Pick<CountedCall, 'slot' | 'connection' | 'shows'> & PickedStream,
  ): PickResult {
    const { host, pipeline } = this;
    const { slot, connection, shows } = picked;
    const reads = this.reporting && (!this.learning || shows || connection.server.reports === true);
    const call = { host, pipeline, slot, connection, reads, shows };
    if (stream !== undefined) return countStream(result, call, stream);
    const plain = result.onCallStarted === null && result.onCallEnded === null;
    if (!plain || shows || pipeline.usesLatency === true) return countOneCall(result, call);
    const prepared = new PreparedPick(result, call);
    connection.prepared = prepared;
    slot.attachment = prepared;
    return prepared;
  }
}

/** Fails every call with what is wrong at that moment; calls that wait for ready are queued by grpc-js. */
export class FailurePicker implements Picker {
  private readonly host: PickHost;

  constructor(host: PickHost) {
    this.host = host;
  }

  pick(): PickResult {
    return fail(this.host.grpc, this.host.failure());
  }
}
