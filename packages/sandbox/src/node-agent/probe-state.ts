import type { Probe } from './pod.js';

export type ProbeKind = 'Startup' | 'Readiness' | 'Liveness';

/** What one attempt found. */
export interface ProbeResult {
  readonly ok: boolean;
  /** Why it failed, in the kubelet's words. */
  readonly message?: string;
  /** The attempt could not be made at all: as with the kubelet, it counts neither for nor against the container. */
  readonly errored?: boolean;
  /** What is odd about a success. */
  readonly warning?: string;
}

/** What an attempt changed. */
interface ProbeVerdict {
  /** The probe's standing answer; undefined until a threshold was reached. */
  readonly healthy: boolean | undefined;
  /** The attempt is a failure that counts: worth an `Unhealthy` Event. */
  readonly counted: boolean;
}

/** A probe with the API's defaults filled in; times in ms. */
interface ProbeTimes {
  readonly initialDelayMs: number;
  readonly periodMs: number;
  readonly timeoutMs: number;
  readonly successThreshold: number;
  readonly failureThreshold: number;
}

/** Wait between the extra attempts before the first success (ms). */
const FAST_MS = 50;
/** So many extra attempts come that fast: a second, in which most programs start; then the wait doubles. */
const FAST_ATTEMPTS = 20;

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
 * readiness probe is also tried every 50 ms for a second and then with doubled waits, so that a pod is ready as soon
 * as its server is. Failures of those extra attempts do not count; one per period does.
 */
export class ProbeState {
  readonly times: ProbeTimes;
  readonly #fast: boolean;
  #fastMs = FAST_MS;
  #attempts = 0;
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
  record({ ok, errored }: ProbeResult, nowMs: number): ProbeVerdict {
    const { periodMs, successThreshold, failureThreshold } = this.times;
    const extra = this.#fast && !this.#succeeded && !ok && nowMs - this.#lastPeriodAtMs < periodMs;
    if (extra) return { healthy: this.#healthy, counted: false };
    this.#lastPeriodAtMs = nowMs;
    if (errored) return { healthy: this.#healthy, counted: true };
    this.#succeeded ||= ok;
    this.#run = this.#last === ok ? this.#run + 1 : 1;
    this.#last = ok;
    if (this.#run >= (ok ? successThreshold : failureThreshold)) this.#healthy = ok;
    return { healthy: this.#healthy, counted: !ok };
  }

  /** How long to wait before the next attempt (ms). */
  nextMs(): number {
    if (!this.#fast || this.#succeeded) return this.times.periodMs;
    this.#attempts += 1;
    if (this.#attempts > FAST_ATTEMPTS) this.#fastMs *= 2;
    this.#fastMs = Math.min(this.#fastMs, this.times.periodMs);
    return this.#fastMs;
  }
}
