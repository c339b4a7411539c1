import { decodeReportRequest, STREAM_METHOD } from '@fairlead/balancing';
import type { MethodDefinition, ServerWritableStream, UntypedServiceImplementation } from '@grpc/grpc-js';
import type { Clock, Timer } from '../clock.js';
import { INVALID_ARGUMENT, RESOURCE_EXHAUSTED, UNAVAILABLE } from '../status.js';

/** The method of `xds.service.orca.v3.OpenRcaService` as grpc-js takes it: interval (ms) in, reports out. */
export type LoadReportDefinition = { readonly StreamCoreMetrics: MethodDefinition<number, Buffer> };

export interface StreamServiceOptions {
  readonly clock: Clock;
  /** No client gets reports more often (ms). */
  readonly minIntervalMs: number;
  /** More streams are refused. */
  readonly maxStreams: number;
  report(): Buffer;
}

type Stream = ServerWritableStream<number, Buffer>;

/** For a request that names no interval: what gRFC A51 has servers of other languages report at the most often. */
const DEFAULT_INTERVAL_MS = 30_000;
/** What a request that is none is read as. */
const UNREADABLE = -1;

/** Sends the present load to each client at the interval that it asked for. */
export class StreamService {
  readonly definition: LoadReportDefinition = {
    StreamCoreMetrics: {
      path: STREAM_METHOD,
      requestStream: false,
      responseStream: true,
      // Requests are written by clients only.
      requestSerialize: () => Buffer.alloc(0),
      requestDeserialize: (bytes) => decodeReportRequest(bytes) ?? UNREADABLE,
      responseSerialize: (bytes) => bytes,
      responseDeserialize: (bytes) => bytes,
    },
  };
  readonly implementation: UntypedServiceImplementation = {
    StreamCoreMetrics: (call: Stream) => this.open(call),
  };
  private readonly options: StreamServiceOptions;
  private readonly streams = new Map<Stream, Timer | null>();
  private closed = false;

  constructor(options: StreamServiceOptions) {
    this.options = options;
  }

  /** Ends every stream: one that is open would hold a server's shutdown. */
  close(): void {
    this.closed = true;
    for (const call of this.streams.keys()) this.refuse(call, UNAVAILABLE, 'server is shutting down');
  }

  private open(call: Stream): void {
    const { minIntervalMs, maxStreams } = this.options;
    const forget = (): void => this.forget(call);
    call.on('cancelled', forget);
    call.on('error', forget);
    if (this.closed) this.refuse(call, UNAVAILABLE, 'server is shutting down');
    else if (call.request === UNREADABLE)
      this.refuse(call, INVALID_ARGUMENT, 'malformed OrcaLoadReportRequest');
    else if (this.streams.size >= maxStreams)
      this.refuse(call, RESOURCE_EXHAUSTED, `this server has ${maxStreams} streams of load reports already`);
    else this.send(call, Math.max(call.request || DEFAULT_INTERVAL_MS, minIntervalMs));
  }

  /** A client that does not read gets the newest report when it reads again, and no queue. */
  private send(call: Stream, intervalMs: number): void {
    const next = (): void => {
      if (!this.streams.has(call)) return;
      this.streams.set(
        call,
        this.options.clock.setTimeout(() => this.send(call, intervalMs), intervalMs),
      );
    };
    this.streams.set(call, null);
    if (call.write(this.options.report())) next();
    else call.once('drain', next);
  }

  private forget(call: Stream): void {
    this.streams.get(call)?.cancel();
    this.streams.delete(call);
  }

  private refuse(call: Stream, code: number, details: string): void {
    this.forget(call);
    call.emit('error', { code, details });
  }
}
