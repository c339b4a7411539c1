import type { Probe } from './pod.js';

export type ProbeKind = 'Startup' | 'Readiness' | 'Liveness';

/** What one attempt found. */
export interface ProbeResult {
  readonly ok: boolean;
  /** Why it failed, in the kubelet's words. */
  readonly message?: string;
}

/** What an attempt changed. */
export interface ProbeVerdict {
  /** The probe's standing answer; undefined until a threshold was reached. */
  readonly healthy: boolean | undefined;
  /** The attempt is a failure that counts: worth an `Unhealthy` Event. */
  readonly counted: boolean;
}

/** A probe with the API's defaults filled in; times in ms. */
export interface ProbeTimes {
  readonly initialDelayMs: number;
  readonly periodMs: number;
  readonly timeoutMs: number;
  readonly successThreshold: number;
  readonly failureThreshold: number;
}

/** First wait of the fast attempts before the first success (ms); doubles up to the period. */
const FAST_MS = 50;

const orDefault = (value: number | undefined, fallback: number): number =>
  value === undefined || value <= 0 ? fallback : value;

export function probeTimes(probe: Probe): ProbeTimes {
  return {
    initialDelayMs: Math.max(0, probe.initialDelaySeconds ?? 0) * 1000,
    periodMs: orDefault(probe.periodSeconds, 10) * 1000,
    timeoutMs: orDefault(probe.timeoutSeconds, 1) * 1000,
    successThreshold: orDefault(probe.successThreshold, 1),
    failureThreshold: orDefault(probe.failureThreshold, 3),
  };
}

/**
 * Thresholds and timing of one probe, as the kubelet's, with one difference: until the first success a startup or
 * readiness probe is also tried 50, 100, 200 … ms apart, so that a pod is ready as soon as its server is. Failures
 * of those extra attempts do not count; one per period does.
 */
export class ProbeState {
  readonly times: ProbeTimes;
  readonly #fast: boolean;
  #fastMs = FAST_MS;
  #lastPeriodAtMs: number;
  #succeeded = false;
  #run = 0;
  #last: boolean | undefined;
  #healthy: boolean | undefined;

  constructor(probe: Probe, kind: ProbeKind, startedAtMs: number) {
    this.times = probeTimes(probe);
    this.#fast = kind !== 'Liveness';
    this.#lastPeriodAtMs = startedAtMs + this.times.initialDelayMs;
  }

  /** Takes the result of an attempt that ended at `nowMs`. */
  record({ ok }: ProbeResult, nowMs: number): ProbeVerdict {
    const { periodMs, successThreshold, failureThreshold } = this.times;
    const extra = this.#fast && !this.#succeeded && !ok && nowMs - this.#lastPeriodAtMs < periodMs;
    if (extra) return { healthy: this.#healthy, counted: false };
    this.#lastPeriodAtMs = nowMs;
    this.#succeeded ||= ok;
    this.#run = this.#last === ok ? this.#run + 1 : 1;
    this.#last = ok;
    if (this.#run >= (ok ? successThreshold : failureThreshold)) this.#healthy = ok;
    return { healthy: this.#healthy, counted: !ok };
  }

  /** How long to wait before the next attempt (ms). */
  nextMs(): number {
    if (!this.#fast || this.#succeeded) return this.times.periodMs;
    const waitMs = Math.min(this.#fastMs, this.times.periodMs);
    this.#fastMs = Math.min(this.#fastMs * 2, this.times.periodMs);
    return waitMs;
  }
}
