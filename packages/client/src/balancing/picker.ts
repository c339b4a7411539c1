import type { PickContext, Pipeline, Slot } from '@fairlead/balancing';
import type { Grpc, Metadata, PickArgs, Picker, PickResult } from '../grpc.js';
import type { Connection } from './connection.js';

/** What pickers read of their balancer at the moment of a pick. */
export interface PickHost {
  readonly grpc: Grpc;
  connection(key: string): Connection | undefined;
  now(): number;
  /** A pick happened: the pipeline must hear of the end of this turn. */
  picked(): void;
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

/**
 * Picks among what is connected at the moment of the pick: the pipeline hears of removals and lost connections in
 * the tick in which they are read, so a picker that was published earlier cannot choose them.
 */
export class ReadyPicker implements Picker {
  private readonly host: PickHost;
  private readonly pipeline: Pipeline;
  private readonly headers = new Headers();
  private readonly wait: PickResult;

  constructor(host: PickHost, pipeline: Pipeline) {
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
    this.headers.metadata = args.metadata;
    const slot = this.pipeline.pick(this.headers);
    const connection = slot === null ? undefined : this.host.connection(slot.key);
    if (slot === null || connection === undefined) {
      this.host.starved();
      return this.wait;
    }
    this.host.picked();
    const result = connection.leaf.getPicker().pick(args);
    if (result.pickResultType !== this.host.grpc.experimental.PickResultType.COMPLETE) {
      this.host.starved();
      return result;
    }
    return this.counted(result, slot, connection);
  }

  /**
   * grpc-js starts a picked call some microtasks later, or drops it without a word (the call ended, credentials
   * failed, the connection broke): only calls that start are counted, and those always end.
   */
  private counted(result: PickResult, slot: Slot, { cell }: Connection): PickResult {
    const { host, pipeline } = this;
    const { onCallStarted, onCallEnded } = result;
    const timed = pipeline.usesLatency === true;
    let startedMs = 0;
    return {
      pickResultType: result.pickResultType,
      subchannel: result.subchannel,
      status: null,
      // Both are called from promise callbacks of grpc-js, where an exception would end the process too.
      onCallStarted: () => {
        try {
          onCallStarted?.();
          if (timed) startedMs = host.now();
          cell.picks += 1;
          pipeline.started(slot);
        } catch (error) {
          host.broke(error);
        }
      },
      onCallEnded: (code, details, metadata) => {
        try {
          pipeline.ended(slot, { code, latencyMs: timed ? host.now() - startedMs : 0, streaming: false });
          onCallEnded?.(code, details, metadata);
        } catch (error) {
          host.broke(error);
        }
      },
    };
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
