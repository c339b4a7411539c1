import type { MeterProvider } from '../telemetry.js';
import type { ResolvedAdmission } from './options.js';

/** Which bound a refused call would have passed. */
export type RefusalReason = 'in_flight' | 'streams' | 'event_loop_delay';

/** A server that refuses says so no more often (ms). */
const LOG_EVERY_MS = 10_000;

/** Counts refused calls, for whoever asks, for the meters and for the log. */
export class Refusals {
  readonly counts: Record<RefusalReason, number> = { in_flight: 0, streams: 0, event_loop_delay: 0 };
  private readonly options: ResolvedAdmission;
  private provider: MeterProvider | undefined;
  private counter: ReturnType<ReturnType<MeterProvider['getMeter']>['createCounter']> | undefined;
  private loggedMs = Number.NEGATIVE_INFINITY;
  private unlogged = 0;

  constructor(options: ResolvedAdmission) {
    this.options = options;
  }

  add(reason: RefusalReason): void {
    this.counts[reason] += 1;
    this.bind();
    this.counter?.add(1, { reason });
    this.unlogged += 1;
    const { clock, logger, maxInFlight, maxStreams, maxEventLoopDelayMs } = this.options;
    const nowMs = clock.now();
    if (nowMs - this.loggedMs < LOG_EVERY_MS) return;
    const bounds = { in_flight: maxInFlight, streams: maxStreams, event_loop_delay: maxEventLoopDelayMs };
    logger.warn('calls are refused: the server has too much to do', {
      reason,
      bound: bounds[reason],
      refused: this.unlogged,
    });
    this.loggedMs = nowMs;
    this.unlogged = 0;
  }

  /** Makes the counter; again when the application's SDK started later than the server. */
  private bind(): void {
    const provider = this.options.meterProvider();
    if (provider === this.provider) return;
    this.provider = provider;
    this.counter = provider?.getMeter('@fairlead/server').createCounter('fairlead.admission.refused', {
      unit: '{call}',
      description: 'Calls that the server refused because it has too much to do.',
    });
  }
}
