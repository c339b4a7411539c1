import { constants } from 'node:os';
import type { ServerInterceptor, ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import { checkMethods, checkMs, checkNames, checkType } from './accepted.js';
import { type Clock, systemClock } from './clock.js';
import { refused } from './errors.js';
import { type Logger, stderrLogger } from './logger.js';

/** What a lifecycle needs of a health service: `createHealth()` fits. */
export interface DrainableHealth {
  /** Says NOT_SERVING from now on. */
  shutdown(): void;
  /** Ends the open Watch streams. */
  close(): void;
}

/** What carries interceptors: `createLoadReports()` and `createAdmission()` fit. */
export interface Intercepting {
  readonly serverOptions: { interceptors: ServerInterceptor[] };
}

/** A service as `server.addService` takes it. */
export interface AddedService {
  readonly definition: ServiceDefinition;
  readonly implementation: UntypedServiceImplementation;
}

/** What a lifecycle needs of the process: `process` fits. */
export interface HostProcess {
  readonly env: Readonly<Record<string, string | undefined>>;
  on(event: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
  off(event: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
  exit(code: number): void;
}

/** How a server drains. */
export interface LifecycleOptions {
  /**
   * Health service that says NOT_SERVING from the start of the drain. `attach` adds it to servers that have none.
   * Default: none.
   */
  readonly health?: DrainableHealth & Partial<AddedService>;
  /** `createLoadReports()`: its interceptor is in `serverOptions`, and `attach` adds its service. Default: none. */
  readonly loadReports?: Intercepting & Partial<AddedService>;
  /** `createAdmission()`: its interceptor is in `serverOptions`. Default: none. */
  readonly admission?: Intercepting;
  /**
   * Milliseconds from the signal to the end of accepting: how long clients may take to learn that the pod leaves.
   * Default 5000.
   */
  readonly noticeMs?: number;
  /** Milliseconds that calls may then take to finish, before they end with UNAVAILABLE. Default 20000. */
  readonly graceMs?: number;
  /** Signals that start the drain. A second one, of any of them, skips to its end. Default `['SIGTERM']`. */
  readonly signals?: readonly NodeJS.Signals[];
  /** Whether a drain that a signal asked for ends with `process.exit(0)`. Default true. */
  readonly exit?: boolean;
  /**
   * Runs when no call is left, before the process exits: close database pools, flush telemetry. May take what is left
   * of `graceMs`, at least a second. An error is logged and stops nothing.
   */
  readonly beforeClose?: () => unknown;
  /** Default: one line per message on stderr. */
  readonly logger?: Logger;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Default: the global `process`. */
  readonly process?: HostProcess;
}

/** Options with every default filled in. */
export type ResolvedOptions = Required<Omit<LifecycleOptions, Part>> & Pick<LifecycleOptions, Part>;

/** What a lifecycle may be without. */
type Part = 'health' | 'loadReports' | 'admission';

const NAMES: readonly (keyof LifecycleOptions)[] = [
  'health',
  'loadReports',
  'admission',
  'noticeMs',
  'graceMs',
  'signals',
  'exit',
  'beforeClose',
  'logger',
  'clock',
  'process',
];
/** Signals that no process can handle. */
const UNCATCHABLE: readonly string[] = ['SIGKILL', 'SIGSTOP'];

/** Checks the options and fills in the defaults. Throws `ServerError` for what cannot be used. */
export function resolveOptions(options: LifecycleOptions): ResolvedOptions {
  checkNames('option', options, NAMES);
  return {
    health: checkHealth(options.health),
    loadReports: checkIntercepting('loadReports', 'createLoadReports', options.loadReports),
    admission: checkIntercepting('admission', 'createAdmission', options.admission),
    noticeMs: checkMs('noticeMs', options.noticeMs ?? 5_000),
    graceMs: checkMs('graceMs', options.graceMs ?? 20_000),
    signals: checkSignals(options.signals ?? ['SIGTERM']),
    exit: checkType('exit', options.exit ?? true, 'boolean'),
    beforeClose: checkType('beforeClose', options.beforeClose ?? (() => {}), 'function'),
    logger: checkMethods('logger', options.logger ?? stderrLogger, ['debug', 'info', 'warn', 'error']),
    clock: checkMethods('clock', options.clock ?? systemClock, ['now', 'setTimeout']),
    process: checkMethods('process', options.process ?? process, ['on', 'off', 'exit']),
  };
}

/**
 * Warns when the kubelet would kill the process in the middle of the drain. `FAIRLEAD_GRACE_SECONDS` is the pod's
 * terminationGracePeriodSeconds less its preStop, set by the manifest: a container cannot read them itself.
 */
export function warnOfShortGrace({ process, noticeMs, graceMs, logger }: ResolvedOptions): void {
  const text = process.env.FAIRLEAD_GRACE_SECONDS;
  if (text === undefined || text === '') return;
  const graceSeconds = Number(text);
  if (!Number.isFinite(graceSeconds) || graceSeconds < 0) {
    logger.warn('FAIRLEAD_GRACE_SECONDS is not a number of seconds: ignored', { value: text });
  } else if (noticeMs + graceMs >= graceSeconds * 1000) {
    logger.warn(
      'noticeMs + graceMs is not below FAIRLEAD_GRACE_SECONDS: the kubelet may kill the process first',
      {
        noticeMs,
        graceMs,
        graceSeconds,
      },
    );
  }
}

function checkSignals(signals: readonly NodeJS.Signals[]): readonly NodeJS.Signals[] {
  if (!Array.isArray(signals)) throw refused('signals', signals, "a list like ['SIGTERM']");
  for (const signal of signals) {
    if (
      typeof signal !== 'string' ||
      !Object.hasOwn(constants.signals, signal) ||
      UNCATCHABLE.includes(signal)
    ) {
      throw refused('signals', signal, 'names of signals that a process can handle, like SIGTERM');
    }
  }
  return [...new Set(signals)];
}

function checkIntercepting<T extends Intercepting>(name: string, made: string, part?: T): T | undefined {
  if (part === undefined || Array.isArray(part?.serverOptions?.interceptors)) return part;
  throw refused(name, part, `what ${made}() returns`);
}

function checkHealth(health: LifecycleOptions['health']): LifecycleOptions['health'] {
  if (health === undefined) return undefined;
  if (typeof health?.shutdown === 'function' && typeof health.close === 'function') return health;
  throw refused('health', health, 'what createHealth() returns');
}
