import { encodeLoadReport, type LoadReport } from '@fairlead/balancing';
import type { ServerInterceptor, UntypedServiceImplementation } from '@grpc/grpc-js';
import { checkCount, checkNames } from '../accepted.js';
import { type Clock, steadyClock } from '../clock.js';
import { refused } from '../errors.js';
import { reportingInterceptor } from './interceptor.js';
import { createMachineMeter } from './machine.js';
import { CallMeter } from './meter.js';
import { type LoadReportDefinition, StreamService } from './stream-service.js';

export interface LoadReportsOptions {
  /** No client gets reports on a stream more often (ms, 10 or more). Default 100. */
  readonly minIntervalMs?: number;
  /** Streams of reports at a time; further ones end RESOURCE_EXHAUSTED. Default 10000. */
  readonly maxStreams?: number;
  /** Streams of reports on one connection; further ones end RESOURCE_EXHAUSTED. Default 8. */
  readonly maxStreamsPerClient?: number;
  /** Default: the machine's, and one that no correction of the wall clock moves. */
  readonly clock?: Clock;
}

/** What a server says of its load (ORCA, gRFC A51). */
export interface LoadReports {
  /**
   * Options for `new grpc.Server(…)`: the interceptor that counts calls and reports in the trailers of those whose
   * client asks for it. A new object each time it is read.
   */
  readonly serverOptions: { interceptors: ServerInterceptor[] };
  /** `xds.service.orca.v3.OpenRcaService` for `server.addService`: reports on a stream of their own. */
  readonly definition: LoadReportDefinition;
  readonly implementation: UntypedServiceImplementation;
  /**
   * Sets a figure of the application's own, which stands among the `named_metrics`; undefined takes it back. Throws
   * `ServerError` for a value that is not finite, or for more than 100 names.
   */
  setMetric(name: string, value: number | undefined): void;
  /** The load at this moment. */
  report(): LoadReport;
  /** Ends the streams. */
  close(): void;
}

const DEFAULT_MIN_INTERVAL_MS = 100;
const LEAST_INTERVAL_MS = 10;
const DEFAULT_MAX_STREAMS = 10_000;
/** A client needs one; a connection may carry several channels, or a proxy's clients. */
const DEFAULT_MAX_STREAMS_PER_CLIENT = 8;
const MAX_METRICS = 100;
const NAMES: readonly (keyof LoadReportsOptions)[] = [
  'minIntervalMs',
  'maxStreams',
  'maxStreamsPerClient',
  'clock',
];

/** Makes the load reports of one server. Nothing runs and no timer is set before a client asks. */
export function createLoadReports(options: LoadReportsOptions = {}): LoadReports {
  checkNames('option', options, NAMES);
  const { minIntervalMs = DEFAULT_MIN_INTERVAL_MS, maxStreams = DEFAULT_MAX_STREAMS } = options;
  const { maxStreamsPerClient = DEFAULT_MAX_STREAMS_PER_CLIENT } = options;
  if (!Number.isInteger(minIntervalMs) || minIntervalMs < LEAST_INTERVAL_MS || minIntervalMs > 86_400_000)
    throw refused('minIntervalMs', minIntervalMs, `whole milliseconds from ${LEAST_INTERVAL_MS} to 86400000`);
  return new ServerLoad({
    minIntervalMs,
    maxStreams: checkCount('maxStreams', maxStreams, 0),
    maxStreamsPerClient: checkCount('maxStreamsPerClient', maxStreamsPerClient, 1),
    clock: options.clock ?? steadyClock,
  });
}

class ServerLoad implements LoadReports {
  readonly definition: LoadReportDefinition;
  readonly implementation: UntypedServiceImplementation;
  private readonly clock: Clock;
  private readonly meter: CallMeter;
  private readonly machine: ReturnType<typeof createMachineMeter>;
  private readonly interceptor: ServerInterceptor;
  private readonly metrics = new Map<string, number>();
  private readonly streams: StreamService;

  constructor(options: Required<LoadReportsOptions>) {
    const { clock } = options;
    this.clock = clock;
    this.meter = new CallMeter(clock.now());
    this.machine = createMachineMeter(() => clock.now());
    const report = (): Buffer => this.encode();
    this.interceptor = reportingInterceptor({ meter: this.meter, now: () => clock.now(), report });
    this.streams = new StreamService({ ...options, report });
    this.definition = this.streams.definition;
    this.implementation = this.streams.implementation;
  }

  get serverOptions(): { interceptors: ServerInterceptor[] } {
    return { interceptors: [this.interceptor] };
  }

  setMetric(name: string, value: number | undefined): void {
    if (value === undefined) {
      this.metrics.delete(name);
      return;
    }
    if (!Number.isFinite(value)) throw refused(`metric ${JSON.stringify(name)}`, value, 'a finite number');
    if (!this.metrics.has(name) && this.metrics.size >= MAX_METRICS)
      throw refused('metric', name, `at most ${MAX_METRICS} names`);
    this.metrics.set(name, value);
  }

  report(): LoadReport {
    const { rps, eps } = this.meter.rates(this.clock.now());
    const { cpu, eventLoop } = this.machine();
    const { inFlight, latencyMs } = this.meter;
    return {
      cpuUtilization: cpu,
      applicationUtilization: eventLoop,
      rps,
      eps,
      requestsInFlight: inFlight,
      ...(latencyMs === undefined ? {} : { latencyMs }),
    };
  }

  close(): void {
    this.streams.close();
  }

  private encode(): Buffer {
    const bytes = encodeLoadReport(this.report(), this.metrics);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
}
