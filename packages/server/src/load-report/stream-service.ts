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
  /** More streams of one connection are refused. */
  readonly maxStreamsPerClient: number;
  report(): Buffer;
}

type Stream = ServerWritableStream<number, Buffer>;

/** For a request that names no interval: what gRFC A51 has servers of other languages report at the most often. */
const DEFAULT_INTERVAL_MS = 30_000;
/** What a request that is none is read as. */
const UNREADABLE = -1;

/** What grpc-js says of a client without an address, as on a Unix socket: then nobody can tell two apart. */
const NAMELESS = 'unknown';

interface Open {
  /** Address of its client; a connection that is gone has none any more. */
  readonly peer: string;
  /** Until the next report. */
  timer: Timer | undefined;
}

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
  private readonly streams = new Map<Stream, Open>();
  /** How many streams a connection has, by the address of its client. */
  private readonly clients = new Map<string, number>();
  private closed = false;
  private readonly options: StreamServiceOptions;

  constructor(options: StreamServiceOptions) {
    this.options = options;
  }

  /** Ends every stream: one that is open would hold a server's shutdown. */
  close(): void {
    this.closed = true;
    for (const call of this.streams.keys()) this.refuse(call, UNAVAILABLE, 'server is shutting down');
  }

  private open(call: Stream): void {
    const { minIntervalMs, maxStreams, maxStreamsPerClient } = this.options;
    const peer = call.getPeer();
    const forget = (): void => this.forget(call);
    call.on('cancelled', forget);
    call.on('error', forget);
    if (this.closed) this.refuse(call, UNAVAILABLE, 'server is shutting down');
    else if (call.request === UNREADABLE)
      this.refuse(call, INVALID_ARGUMENT, 'malformed OrcaLoadReportRequest');
    else if (this.streams.size >= maxStreams)
      this.refuse(call, RESOURCE_EXHAUSTED, `this server has ${maxStreams} streams of load reports already`);
    else if (peer !== NAMELESS && (this.clients.get(peer) ?? 0) >= maxStreamsPerClient)
      this.refuse(
        call,
        RESOURCE_EXHAUSTED,
        `this client has ${maxStreamsPerClient} streams of load reports already`,
      );
    else {
      this.streams.set(call, { peer, timer: undefined });
      this.clients.set(peer, (this.clients.get(peer) ?? 0) + 1);
      this.send(call, Math.max(call.request || DEFAULT_INTERVAL_MS, minIntervalMs));
    }
  }

  /** A client that does not read gets the newest report when it reads again, and no queue. */
  private send(call: Stream, intervalMs: number): void {
    const next = (): void => {
      const open = this.streams.get(call);
      if (open === undefined) return;
      open.timer = this.options.clock.setTimeout(() => this.send(call, intervalMs), intervalMs);
    };
    if (call.write(this.options.report())) next();
    else call.once('drain', next);
  }

  private forget(call: Stream): void {
    const open = this.streams.get(call);
    if (open === undefined) return;
    open.timer?.cancel();
    this.streams.delete(call);
    const left = (this.clients.get(open.peer) ?? 0) - 1;
    if (left > 0) this.clients.set(open.peer, left);
    else this.clients.delete(open.peer);
  }

  private refuse(call: Stream, code: number, details: string): void {
    this.forget(call);
    call.emit('error', { code, details });
  }
}
