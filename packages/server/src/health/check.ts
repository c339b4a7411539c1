import type { Clock, Random, Timer } from '../clock.js';
import type { Logger } from '../logger.js';
import type { ResolvedCheck } from './options.js';

/** What is known of a dependency: `pending` before its first check has ended. */
export interface CheckState {
  readonly state: 'pending' | 'up' | 'down';
  /** Failures since a check last succeeded. */
  readonly failures: number;
  /** Why the last check failed; undefined when it succeeded. */
  readonly error?: string;
}

export interface CheckHost {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** The dependency is up, or down, from now on. */
  onChange(): void;
}

/** Part of the interval by which each wait is longer or shorter, so that the pods of a Deployment do not ask in step. */
const JITTER = 0.1;

/** Asks one dependency again and again. Never throws; its timers hold no process. */
export class Check {
  readonly name: string;
  readonly services: readonly string[];
  current: CheckState = { state: 'pending', failures: 0 };
  private readonly options: ResolvedCheck;
  private readonly host: CheckHost;
  private timer: Timer | undefined;
  private asking: AbortController | undefined;
  private stopped = false;

  constructor(name: string, options: ResolvedCheck, host: CheckHost) {
    this.name = name;
    this.services = options.services;
    this.options = options;
    this.host = host;
  }

  /** Asks for the first time as soon as the present turn is over. */
  start(): void {
    this.later(0, () => void this.ask());
  }

  /** Asks no more; a check that is going on is aborted and its end means nothing. */
  stop(): void {
    this.stopped = true;
    this.timer?.cancel();
    this.asking?.abort(new Error('the server is shutting down'));
  }

  private later(ms: number, fn: () => void): void {
    if (this.stopped) return;
    this.timer = this.host.clock.setTimeout(fn, ms);
    this.timer.unref();
  }

  private async ask(): Promise<void> {
    const { check, timeoutMs, intervalMs } = this.options;
    const asking = new AbortController();
    this.asking = asking;
    const { signal } = asking;
    const late = `no answer within ${timeoutMs} ms`;
    const aborted = new Promise<string>((resolve) => {
      signal.addEventListener('abort', () => resolve(late), { once: true });
    });
    this.later(timeoutMs, () => asking.abort(new Error(late)));
    // What does not listen to its signal goes on unheard.
    const error = await Promise.race([problemOf(check, signal), aborted]);
    this.timer?.cancel();
    if (this.stopped) return;
    this.ended(error);
    const { random } = this.host;
    this.later(intervalMs * (1 - JITTER + 2 * JITTER * random()), () => void this.ask());
  }

  private ended(error: string | undefined): void {
    const { state: before, failures } = this.current;
    if (error === undefined) {
      this.current = { state: 'up', failures: 0 };
      if (before === 'down') this.host.logger.info('health check succeeds again', { check: this.name });
      if (before !== 'up') this.host.onChange();
      return;
    }
    const isDown = before !== 'up' || failures + 1 >= this.options.failuresBeforeDown;
    this.current = { state: isDown ? 'down' : 'up', failures: failures + 1, error };
    if (!isDown || before === 'down') return;
    const { name: check, services } = this;
    this.host.logger.warn('health check fails: not serving', { check, services, error });
    this.host.onChange();
  }
}

/** Why the check failed; undefined: it did not. */
async function problemOf(check: ResolvedCheck['check'], signal: AbortSignal): Promise<string | undefined> {
  try {
    return (await check(signal)) === false ? 'the check said false' : undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
