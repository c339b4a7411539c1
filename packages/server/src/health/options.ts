import { checkCount, checkMethods, checkMs, checkNames, checkType } from '../accepted.js';
import { type Clock, type Random, steadyClock } from '../clock.js';
import { refused } from '../errors.js';
import { type Logger, stderrLogger } from '../logger.js';
import { LIVENESS, READINESS } from './names.js';

/** One dependency of a server. */
export interface HealthCheck {
  /**
   * Asks the dependency. It is up when this returns or resolves, unless to `false`; it is down when this throws or
   * rejects. `signal` is aborted after `timeoutMs` and when the server shuts down.
   */
  readonly check: (signal: AbortSignal) => unknown;
  /** From the end of one check to the next (ms, 100 or more), ± 10 %. Default 5000. */
  readonly intervalMs?: number;
  /** A check that takes longer has failed (ms). Default 2000. */
  readonly timeoutMs?: number;
  /** So many failures in a row bring down what was up. Default 3. */
  readonly failuresBeforeDown?: number;
  /** Services that need the dependency, by their full names. Default `['']`: the whole server, and so readiness. */
  readonly services?: readonly string[];
}

export interface HealthOptions {
  /** Dependencies by name. Their services are NOT_SERVING until each has been up once. Default: none. */
  readonly checks?: Readonly<Record<string, HealthCheck>>;
  /**
   * A server is not live while the event loop was last kept from its timers for longer than this (ms). Nothing else
   * decides it. Default 10000.
   */
  readonly maxStallMs?: number;
  /** Default: one line per message on stderr. */
  readonly logger?: Logger;
  /** Default: the machine's, and one that no correction of the wall clock moves. */
  readonly clock?: Clock;
  /** Jitter of the checks. Default `Math.random`. */
  readonly random?: Random;
}

/** A check with every default filled in. */
export type ResolvedCheck = Required<HealthCheck>;

/** Options with every default filled in. */
export type ResolvedHealth = Required<Omit<HealthOptions, 'checks'>> & {
  readonly checks: ReadonlyMap<string, ResolvedCheck>;
};

const NAMES: readonly (keyof HealthOptions)[] = ['checks', 'maxStallMs', 'logger', 'clock', 'random'];
const CHECK_NAMES: readonly (keyof HealthCheck)[] = [
  'check',
  'intervalMs',
  'timeoutMs',
  'failuresBeforeDown',
  'services',
];
const LEAST_INTERVAL_MS = 100;

/** Checks the options and fills in the defaults. Throws `ServerError` for what cannot be used. */
export function resolveHealth(options: HealthOptions): ResolvedHealth {
  checkNames('option', options, NAMES);
  const { checks = {} } = options;
  if (typeof checks !== 'object' || checks === null || Array.isArray(checks))
    throw refused('checks', checks, 'an object: a name and a check each');
  return {
    checks: new Map(Object.entries(checks).map(([name, check]) => [name, resolveCheck(name, check)])),
    maxStallMs: checkMs('maxStallMs', options.maxStallMs ?? 10_000, 1),
    logger: checkMethods('logger', options.logger ?? stderrLogger, ['debug', 'info', 'warn', 'error']),
    clock: checkMethods('clock', options.clock ?? steadyClock, ['now', 'setTimeout']),
    random: checkType('random', options.random ?? Math.random, 'function'),
  };
}

function resolveCheck(name: string, given: HealthCheck): ResolvedCheck {
  const at = `checks.${name}`;
  if (typeof given !== 'object' || given === null)
    throw refused(at, given, 'an object with the function check');
  checkNames(at, given, CHECK_NAMES);
  return {
    check: checkType(`${at}.check`, given.check, 'function'),
    intervalMs: checkMs(`${at}.intervalMs`, given.intervalMs ?? 5_000, LEAST_INTERVAL_MS),
    timeoutMs: checkMs(`${at}.timeoutMs`, given.timeoutMs ?? 2_000, 1),
    failuresBeforeDown: checkCount(`${at}.failuresBeforeDown`, given.failuresBeforeDown ?? 3, 1),
    services: checkServices(`${at}.services`, given.services ?? ['']),
  };
}

function checkServices(at: string, services: readonly string[]): readonly string[] {
  if (!Array.isArray(services))
    throw refused(at, services, 'a list of full names of services; "" is the server');
  return services.map((service) => checkService(at, service));
}

/** The name of a service that may be set: not of one that follows others. */
export function checkService(at: string, service: string): string {
  if (typeof service !== 'string') throw refused(at, service, 'the full name of a service, or ""');
  if (service === READINESS) throw refused(at, service, `"", which ${READINESS} follows`);
  if (service === LIVENESS) throw refused(at, service, 'a service: only the event loop decides liveness');
  return service;
}
