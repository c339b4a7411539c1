import {
  ASK_HEADER,
  decodeLoadReport,
  type PickContext,
  type Pipeline,
  REPORT_TRAILER,
  type Slot,
} from '@fairlead/balancing';
import type { Grpc, Metadata, PickArgs, Picker, PickResult } from '../grpc.js';
import type { PickCell } from '../telemetry/pick-cells.js';
import type { Connection } from './connection.js';

/** What pickers read of their balancer at the moment of a pick. */
export interface PickHost {
  readonly grpc: Grpc;
  /** The connection to a key; one that is connected when it is picked gets its connection now. */
  connection(key: string): Connection | undefined;
  now(): number;
  /** A pick happened: the pipeline must hear of the end of this turn. */
  picked(): void;
  /** So did one of a pipeline that decides by load reports. */
  pickedByReports(): void;
  /** Nothing could be picked although the channel is READY: the call waits for the next picker. */
  starved(): void;
  /** A decision threw; returns what the call is told. */
  broke(error: unknown): string;
  /** Why calls fail now. */
  failure(): string;
}

/** The request headers of one pick; one object per picker, because picks never overlap. */
class Headers implements PickContext {
  metadata: Metadata | null = null;

  header(name: string): string | undefined {
    const value = this.metadata?.get(name)[0];
    return typeof value === 'string' ? value : undefined;
  }
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

/** grpc-js tells a balancer nothing of the method: whether a call is a stream is not known. */
const STREAMING = false;

/** Who hears of a call that was picked. */
interface CallParts {
  readonly host: PickHost;
  readonly pipeline: Pipeline;
  readonly slot: Slot;
  readonly cell: PickCell;
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

  /**
   * grpc-js starts a picked call some microtasks later, or drops it without a word (the call ended, credentials
   * failed, the connection broke): only calls that start are counted, and those always end. Both are called from
   * promise callbacks, where an exception would end the process.
   */
  constructor({ pickResultType, subchannel }: PickResult, { host, pipeline, slot, cell }: CallParts) {
    const reads = pipeline.reports?.trailers === true;
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
        pipeline.ended(slot, { code, latencyMs: 0, streaming: STREAMING });
        if (reads) takeReport(pipeline, slot.key, trailers);
      } catch (error) {
        host.broke(error);
      }
    };
  }
}

/** Hands on the load report of a call that ended, if its server sent one. */
function takeReport(pipeline: Pipeline, key: string, trailers: Metadata): void {
  const bytes = trailers.get(REPORT_TRAILER)[0];
  const report = bytes instanceof Uint8Array ? decodeLoadReport(bytes) : undefined;
  if (report !== undefined) pipeline.report(key, report);
}

/** As PreparedPick for a single call: the pipeline wants its time, or the leaf has callbacks of its own for it. */
function countOneCall(leaf: PickResult, { host, pipeline, slot, cell }: CallParts): PickResult {
  const { pickResultType, subchannel, onCallStarted, onCallEnded } = leaf;
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
        pipeline.ended(slot, { code, latencyMs: host.now() - startedMs, streaming: STREAMING });
        if (pipeline.reports?.trailers === true) takeReport(pipeline, slot.key, metadata);
        onCallEnded?.(code, details, metadata);
      } catch (error) {
        host.broke(error);
      }
    },
  };
}

/**
 * Picks among what is connected at the moment of the pick: the pipeline hears of removals and lost connections in
 * the tick in which they are read, so a picker that was published earlier cannot choose them.
 */
export class ReadyPicker implements Picker {
  private readonly host: PickHost;
  private readonly pipeline: Pipeline;
  private readonly headers = new Headers();
  private readonly wait: PickResult;
  /** Whether load reports decide, and whether calls ask for them. */
  private readonly reporting: boolean;
  private readonly asking: boolean;

  constructor(host: PickHost, pipeline: Pipeline) {
    const { reports = null } = pipeline;
    this.reporting = reports !== null;
    this.asking = reports?.trailers === true;
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
      this.headers.metadata = null;
    }
  }

  private choose(args: PickArgs): PickResult {
    const { host, pipeline } = this;
    this.headers.metadata = args.metadata;
    const slot = pipeline.pick(this.headers);
    if (slot === null) {
      host.starved();
      return this.wait;
    }
    host.picked();
    if (this.reporting) host.pickedByReports();
    if (this.asking) args.metadata.set(ASK_HEADER, '1');
    const { attachment } = slot;
    const prepared = attachment instanceof PreparedPick && attachment.valid;
    // Only a policy that reads reports can come to need latencies.
    if (prepared && !(this.reporting && pipeline.usesLatency === true)) return attachment;
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
    return this.counted(result, slot, connection);
  }

  private counted(result: PickResult, slot: Slot, connection: Connection): PickResult {
    const call = { host: this.host, pipeline: this.pipeline, slot, cell: connection.cell };
    const plain = result.onCallStarted === null && result.onCallEnded === null;
    if (!plain || this.pipeline.usesLatency === true) return countOneCall(result, call);
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
