import { checkCount, checkMethods, checkMs, checkNames, checkType } from '../accepted.js';
import { type Clock, type Random, steadyClock } from '../clock.js';
import { refused } from '../errors.js';
import { type Logger, stderrLogger } from '../logger.js';
import { globalMeterProvider, isMeterProvider, type MeterProvider } from '../telemetry.js';

/** When a server refuses calls. At least one bound must be given. */
export interface AdmissionOptions {
  /** So many unary calls at a time; further ones are refused. Default: no bound. */
  readonly maxInFlight?: number;
  /** So many streams at a time, of any kind; further ones are refused, open ones never ended. Default: no bound. */
  readonly maxStreams?: number;
  /**
   * New calls and streams are refused while the event loop runs its timers later than this for more than 100 ms on end
   * (ms, 10 or more), until it has been below half of it for as long. Default: no bound.
   */
  readonly maxEventLoopDelayMs?: number;
  /**
   * How long a client whose retry policy has RESOURCE_EXHAUSTED waits before it tries again (ms, ± 50 %, up to a
   * minute; gRFC A6 `grpc-retry-pushback-ms`). -1: it must not. Default 100.
   */
  readonly pushbackMs?: number;
  /**
   * Full names of services whose calls are always accepted and never counted, besides health, reflection, load reports
   * and channelz. Default: none.
   */
  readonly exempt?: readonly string[];
  /** Default: one line per message on stderr. */
  readonly logger?: Logger;
  /** Default: that of the application's OpenTelemetry SDK, if it has one. */
  readonly meterProvider?: MeterProvider;
  /** Default: the machine's, and one that no correction of the wall clock moves. */
  readonly clock?: Clock;
  /** Jitter of the pushback. Default `Math.random`. */
  readonly random?: Random;
}

/** Options with every default filled in. */
export interface ResolvedAdmission {
  readonly maxInFlight: number;
  readonly maxStreams: number;
  readonly maxEventLoopDelayMs: number;
  readonly pushbackMs: number;
  readonly exempt: ReadonlySet<string>;
  readonly logger: Logger;
  /** Asked with each refusal: an SDK may start after the server. */
  meterProvider(): MeterProvider | undefined;
  readonly clock: Clock;
  readonly random: Random;
}

const NAMES: readonly (keyof AdmissionOptions)[] = [
  'maxInFlight',
  'maxStreams',
  'maxEventLoopDelayMs',
  'pushbackMs',
  'exempt',
  'logger',
  'meterProvider',
  'clock',
  'random',
];
/** Calls about the server, not its work: refused, they would hide what is wrong, or take the pod away. */
const ALWAYS: readonly string[] = [
  'grpc.health.v1.Health',
  'grpc.reflection.v1.ServerReflection',
  'grpc.reflection.v1alpha.ServerReflection',
  'xds.service.orca.v3.OpenRcaService',
  'grpc.channelz.v1.Channelz',
];
/** Timers of Node come a few milliseconds late on any machine. */
const LEAST_DELAY_MS = 10;
/** No pod has too much to do for longer without others taking its place. */
const MAX_PUSHBACK_MS = 60_000;

/** Checks the options and fills in the defaults. Throws `ServerError` for what cannot be used. */
export function resolveAdmission(options: AdmissionOptions): ResolvedAdmission {
  checkNames('option', options, NAMES);
  const {
    maxInFlight,
    maxStreams,
    maxEventLoopDelayMs,
    pushbackMs = 100,
    exempt = [],
    meterProvider,
  } = options;
  if (maxInFlight === undefined && maxStreams === undefined && maxEventLoopDelayMs === undefined)
    throw refused('options', options, 'maxInFlight, maxStreams, maxEventLoopDelayMs, or several of them');
  if (!Number.isInteger(pushbackMs) || pushbackMs < -1 || pushbackMs > MAX_PUSHBACK_MS)
    throw refused('pushbackMs', pushbackMs, `whole milliseconds from 0 to ${MAX_PUSHBACK_MS}, or -1`);
  if (!Array.isArray(exempt) || exempt.some((name) => typeof name !== 'string'))
    throw refused('exempt', exempt, 'a list of full names of services');
  if (meterProvider !== undefined && !isMeterProvider(meterProvider))
    throw refused('meterProvider', meterProvider, 'an object with the function getMeter');
  const none = Number.POSITIVE_INFINITY;
  return {
    maxInFlight: maxInFlight === undefined ? none : checkCount('maxInFlight', maxInFlight, 1),
    maxStreams: maxStreams === undefined ? none : checkCount('maxStreams', maxStreams, 0),
    maxEventLoopDelayMs:
      maxEventLoopDelayMs === undefined
        ? none
        : checkMs('maxEventLoopDelayMs', maxEventLoopDelayMs, LEAST_DELAY_MS),
    pushbackMs,
    exempt: new Set([...ALWAYS, ...exempt]),
    logger: checkMethods('logger', options.logger ?? stderrLogger, ['debug', 'info', 'warn', 'error']),
    meterProvider: () => meterProvider ?? globalMeterProvider(),
    clock: checkMethods('clock', options.clock ?? steadyClock, ['now', 'setTimeout']),
    random: checkType('random', options.random ?? Math.random, 'function'),
  };
}
