import type { Clock, Random, Timer } from '../clock.js';
import type { Absence, EndpointSetState } from '../endpoint-set.js';
import { DiscoveryError } from '../errors.js';
import type { Logger } from '../logger.js';
import { SetPublisher } from '../set-publisher.js';
import type { EndpointObserver } from '../source.js';
import { Departures } from './departures.js';
import type { Look } from './look-up.js';
import type { DnsTarget } from './target.js';
import { afterAbsence, afterAnswer, afterFailure, type PollTiming } from './timing.js';

export interface PollOptions extends PollTiming {
  readonly target: DnsTarget;
  /** Looks once; rejects with a DiscoveryError when the servers fail. */
  readonly look: (signal: AbortSignal) => Promise<Look>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** How long endpoints stay that DNS fails to confirm (ms). */
  readonly maxStaleMs: number;
}

/**
 * How long the last endpoints stay when DNS says that there are none (ms). A headless Service whose pods are all
 * replaced at once has no name for a moment, and a server that just started may not know everything yet.
 */
const KEEP_ABSENT_MS = 30_000;

type Absent = Extract<Look, { kind: 'absent' }>;

function absenceOf({ what, names }: Absent, { hostname }: DnsTarget): Absence {
  const pod = hostname === undefined ? '' : ` with hostname ${hostname}`;
  const asked = `${names.join(', ')}${pod}`;
  return what === 'NXDOMAIN'
    ? {
        code: 'NO_NAME',
        message: `DNS knows no ${asked} (NXDOMAIN): a headless Service has a name only while a pod is ready`,
      }
    : { code: 'NO_ADDRESS', message: `DNS has no addresses for ${asked} (NODATA)` };
}

/** Asks DNS for one target again and again, as the records' TTL says. */
export class Poll {
  readonly #options: PollOptions;
  readonly #publisher: SetPublisher;
  readonly #departures = new Departures();
  readonly #ending = new AbortController();
  #timer: Timer | undefined;
  /** When the timer fires. */
  #nextMs = 0;
  #lookedMs = Number.NEGATIVE_INFINITY;
  #looking = false;
  #failures = 0;
  #absentSinceMs: number | undefined;
  #warnedOfRotation = false;

  constructor(options: PollOptions) {
    const { target, clock, logger } = options;
    this.#options = options;
    this.#publisher = new SetPublisher({ target: target.text, source: 'dns', clock, logger });
  }

  get idle(): boolean {
    return this.#publisher.idle;
  }

  start(): void {
    void this.#look();
  }

  join(observer: EndpointObserver): () => void {
    return this.#publisher.join(observer);
  }

  /** Looks at once, or as soon as `minTtlMs` have passed since the last look. */
  refresh(): void {
    if (this.#looking || this.#ending.signal.aborted) return;
    const atMs = Math.max(this.#options.clock.now(), this.#lookedMs + this.#options.minTtlMs);
    if (atMs < this.#nextMs) this.#schedule(atMs - this.#options.clock.now());
  }

  close(): void {
    this.#ending.abort();
    this.#timer?.cancel();
    this.#publisher.close();
  }

  async #look(): Promise<void> {
    const { signal } = this.#ending;
    this.#looking = true;
    this.#lookedMs = this.#options.clock.now();
    let delayMs: number;
    try {
      const look = await this.#options.look(signal);
      if (signal.aborted) return;
      delayMs = look.kind === 'found' ? this.#found(look) : this.#absent(look);
      this.#failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      delayMs = this.#failed(error);
    }
    this.#looking = false;
    this.#schedule(delayMs);
  }

  #schedule(delayMs: number): void {
    this.#timer?.cancel();
    this.#nextMs = this.#options.clock.now() + delayMs;
    this.#timer = this.#options.clock.setTimeout(() => void this.#look(), delayMs);
    this.#timer.unref();
  }

  #found({ endpoints: answer, ttlSeconds }: Extract<Look, { kind: 'found' }>): number {
    const endpoints = this.#departures.apply(answer);
    this.#absentSinceMs = undefined;
    const first = this.#publisher.endpoints === undefined;
    const changed = this.#publisher.publish({ endpoints, state: { kind: 'live' } }) && !first;
    if (this.#departures.rotating && !this.#warnedOfRotation) {
      this.#warnedOfRotation = true;
      const { logger, target } = this.#options;
      logger.warn('DNS names other endpoints in each answer: one that is missing stays for eight answers', {
        target: target.text,
      });
    }
    return afterAnswer(ttlSeconds, changed, this.#options);
  }

  #absent(look: Absent): number {
    const nowMs = this.#options.clock.now();
    const absence = absenceOf(look, this.#options.target);
    const delayMs = afterAbsence(look.ttlSeconds, this.#options);
    const has = (this.#publisher.endpoints?.length ?? 0) > 0;
    const sinceMs = this.#absentSinceMs ?? nowMs;
    this.#absentSinceMs = sinceMs;
    const leftMs = sinceMs + Math.min(KEEP_ABSENT_MS, this.#options.maxStaleMs) - nowMs;
    if (has && leftMs > 0) {
      const message = `${absence.message}; its last endpoints stay for ${KEEP_ABSENT_MS / 1000} s`;
      this.#trouble({ kind: 'stale', sinceMs, cause: new DiscoveryError('DNS_ABSENT', message) });
      return Math.min(delayMs, leftMs);
    }
    this.#departures.forget();
    this.#publisher.publish({ endpoints: [], state: { kind: 'live' }, absence });
    return delayMs;
  }

  #failed(error: unknown): number {
    const { clock, random, maxStaleMs } = this.#options;
    const cause =
      error instanceof DiscoveryError ? error : new DiscoveryError('DNS', String(error), { cause: error });
    const nowMs = clock.now();
    const { state, endpoints } = this.#publisher;
    const sinceMs = state === undefined || state.kind === 'live' ? nowMs : state.sinceMs;
    this.#failures += 1;
    this.#trouble({ kind: endpoints === undefined ? 'unknown' : 'stale', sinceMs, cause });
    const delayMs = afterFailure(this.#failures, random);
    const leftMs = sinceMs + maxStaleMs - nowMs;
    if (endpoints === undefined || endpoints.length === 0) return delayMs;
    if (leftMs > 0) return Math.min(delayMs, leftMs);
    this.#publisher.publish({
      endpoints: [],
      state: { kind: 'stale', sinceMs, cause },
      reason: 'stale for too long',
    });
    return delayMs;
  }

  #trouble(state: Extract<EndpointSetState, { kind: 'stale' | 'unknown' }>): void {
    const { state: before } = this.#publisher;
    if (before === undefined || before.kind === 'live') {
      const { logger, target } = this.#options;
      logger.warn('DNS cannot be asked or has no answer', {
        target: target.text,
        error: state.cause.message,
        kept: this.#publisher.endpoints?.length ?? 0,
      });
    }
    this.#publisher.changeState(state);
  }
}
