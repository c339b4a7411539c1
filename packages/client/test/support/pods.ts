import { createServer } from 'node:net';
import { ASK_HEADER, REPORT_TRAILER } from '@fairlead/balancing';
import type { Endpoint } from '@fairlead/discovery';
import * as grpc from '@grpc/grpc-js';
import { endpoint } from './fake-source.js';

const bytes = (value: Buffer): Buffer => value;
const method = (path: string, stream: boolean) => ({
  path,
  requestStream: false,
  responseStream: stream,
  requestSerialize: bytes,
  requestDeserialize: bytes,
  responseSerialize: bytes,
  responseDeserialize: bytes,
});

/** The service that the pods of these tests run. */
export const ECHO = {
  say: method('/test.Echo/Say', false),
  stream: method('/test.Echo/Stream', true),
};

const REPORTS = method('/xds.service.orca.v3.OpenRcaService/StreamCoreMetrics', true);

/** How a pod answers. */
export interface PodOptions {
  /** Status of each unary call; default OK. */
  answer?: (call: grpc.ServerUnaryCall<Buffer, Buffer>) => Partial<grpc.StatusObject> | null;
  /** Trailers of each unary call that succeeds. */
  trailers?: () => grpc.Metadata;
  /**
   * What it reports, in the trailers of calls that ask and, twenty times a second, on streams; absent: it has no load
   * reports.
   */
  loadReport?: () => Uint8Array;
  /** What it does with a stream of load reports instead. */
  onReportStream?: (call: grpc.ServerWritableStream<Buffer, Buffer>) => void;
  /** Delay of each unary answer (ms). */
  delayMs?: number;
  /** Streams are ended, well, as soon as they have answered. */
  endsStreams?: boolean;
  /** How the endpoint of the pod differs from a plain ready one. */
  endpoint?: Partial<Endpoint>;
}

/** One server in this process that counts its calls and connections. */
export class Pod {
  readonly name: string;
  readonly host: string;
  port = 0;
  calls = 0;
  open = 0;
  /** Calls that asked for a load report. */
  asked = 0;
  /** Streams of load reports that are open. */
  reportStreams = 0;
  /** How many ever were. */
  reportStreamsEver = 0;
  options: PodOptions;
  /** Of the last stream. */
  lastMetadata: grpc.Metadata | null = null;
  private server: grpc.Server | null = null;

  constructor(name: string, host: string, options: PodOptions) {
    this.name = name;
    this.host = host;
    this.options = options;
  }

  async start(): Promise<this> {
    const server = new grpc.Server();
    server.addService(ECHO, { say: this.say.bind(this), stream: this.stream.bind(this) });
    if (this.options.loadReport !== undefined || this.options.onReportStream !== undefined) {
      server.addService({ reports: REPORTS }, { reports: this.report.bind(this) });
    }
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync(
        `${this.host}:${this.port}`,
        grpc.ServerCredentials.createInsecure(),
        (error, bound) => (error === null ? resolve(bound) : reject(error)),
      );
    });
    this.port = port;
    this.server = server;
    return this;
  }

  get endpoint(): Endpoint {
    this.made ??= endpoint(this.host, this.port, {
      pod: this.name,
      uid: this.name,
      ...this.options.endpoint,
    });
    return this.made;
  }

  private made: Endpoint | null = null;

  stop(): void {
    this.server?.forceShutdown();
    this.server = null;
  }

  private say(call: grpc.ServerUnaryCall<Buffer, Buffer>, done: grpc.sendUnaryData<Buffer>): void {
    this.calls += 1;
    const status = this.options.answer?.(call) ?? null;
    const answer = (): void => {
      if (status === null) done(null, Buffer.from(this.name), this.trailersOf(call));
      else done({ code: grpc.status.UNAVAILABLE, details: this.name, ...status });
    };
    if (this.options.delayMs === undefined) answer();
    else setTimeout(answer, this.options.delayMs);
  }

  private trailersOf({ metadata }: grpc.ServerUnaryCall<Buffer, Buffer>): grpc.Metadata | undefined {
    const { trailers, loadReport } = this.options;
    if (metadata.get(ASK_HEADER).length === 0) return trailers?.();
    this.asked += 1;
    if (loadReport === undefined) return trailers?.();
    const all = trailers?.() ?? new grpc.Metadata();
    all.set(REPORT_TRAILER, Buffer.from(loadReport()));
    return all;
  }

  private report(call: grpc.ServerWritableStream<Buffer, Buffer>): void {
    this.reportStreams += 1;
    this.reportStreamsEver += 1;
    const { onReportStream } = this.options;
    if (onReportStream !== undefined) {
      onReportStream(call);
      call.once('cancelled', () => {
        this.reportStreams -= 1;
      });
      return;
    }
    const send = (): void => void call.write(Buffer.from(this.options.loadReport?.() ?? []));
    const timer = setInterval(send, 50);
    send();
    call.once('cancelled', () => {
      clearInterval(timer);
      this.reportStreams -= 1;
    });
  }

  private stream(call: grpc.ServerWritableStream<Buffer, Buffer>): void {
    this.calls += 1;
    this.open += 1;
    this.lastMetadata = call.metadata;
    const ended = (): void => {
      if (this.open > 0) this.open -= 1;
    };
    call.write(Buffer.from(this.name));
    call.on('cancelled', ended);
    if (this.options.endsStreams !== true) return;
    call.end();
    ended();
  }
}

/** Starts pods on addresses of their own, all on one port. */
export async function startPods(count: number, options: PodOptions = {}, net = 1): Promise<Pod[]> {
  const pods: Pod[] = [];
  for (let i = 1; i <= count; i++) {
    pods.push(await new Pod(`pod-${i}`, `127.0.${net}.${i}`, { ...options }).start());
  }
  return pods;
}

/** A port of loopback where nothing listens. */
export async function deadPort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, host, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
