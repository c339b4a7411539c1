import type { Load } from '../candidates/loads.js';
import type { OutlierConfig } from '../config/config.js';
import type { EjectionCause, EndpointInspection, Outcome, Random } from '../contract.js';
import { failed, timedOut } from '../pick/failures.js';
import { failurePercentage, successRate } from './algorithms.js';
import { type Verdict, verdictOf } from './verdict.js';

const OK = 0;

/** What ejection needs of the list. */
export interface OutlierHost {
  readonly random: Random;
  /** The usable endpoints of the list. */
  loads(): readonly Load[];
}

/**
 * gRFC A50 with two fast paths: so many failures, or ended deadlines, in a row eject at once instead of at the end of
 * the interval. An ejected endpoint keeps its connection.
 */
export class Outliers {
  nextWakeMs: number | null = null;
  private readonly config: OutlierConfig;
  private readonly host: OutlierHost;

  constructor(config: OutlierConfig, host: OutlierHost) {
    this.config = config;
    this.host = host;
  }

  /** Counts a call; true: its endpoint is ejected from now on. */
  ended(load: Load, outcome: Outcome, nowMs: number): boolean {
    const verdict = verdictOf(load);
    this.nextWakeMs ??= nowMs + this.config.intervalMs;
    if (outcome.code === OK) verdict.successes += 1;
    else verdict.failures += 1;
    verdict.consecutiveFailures = failed(outcome) ? verdict.consecutiveFailures + 1 : 0;
    verdict.consecutiveTimeouts = timedOut(outcome) ? verdict.consecutiveTimeouts + 1 : 0;
    const { consecutiveFailures, consecutiveTimeouts } = this.config;
    if (verdict.ejectedAtMs !== null) return false;
    if (consecutiveFailures > 0 && verdict.consecutiveFailures >= consecutiveFailures) {
      return this.eject(load, 'consecutive-failures', nowMs);
    }
    if (consecutiveTimeouts > 0 && verdict.consecutiveTimeouts >= consecutiveTimeouts) {
      return this.eject(load, 'consecutive-timeouts', nowMs);
    }
    return false;
  }

  /** The end of an interval: ejects and takes back. True: something changed. */
  wake(nowMs: number): boolean {
    const loads = this.host.loads();
    const counted = loads.map((load) => {
      const verdict = verdictOf(load);
      const { successes, failures } = verdict;
      verdict.successes = 0;
      verdict.failures = 0;
      return { load, successes, failures };
    });
    let changed = false;
    const { config } = this;
    for (const { load, enforcement, cause } of [
      ...successRate(counted, config),
      ...failurePercentage(counted, config),
    ]) {
      if (load.verdict?.ejectedAtMs !== null) continue;
      if (this.host.random() * 100 < enforcement) changed = this.eject(load, cause, nowMs) || changed;
    }
    for (const load of loads) changed = this.takeBack(load, nowMs) || changed;
    this.nextWakeMs = this.atRest(loads) ? null : nowMs + config.intervalMs;
    return changed;
  }

  /**
   * The list is another. Who comes back to it with an ejection that is over is taken back at once, and for one that
   * goes on there is an end to wait for.
   */
  listed(nowMs: number): void {
    for (const { verdict } of this.host.loads()) {
      if (verdict === null || verdict.ejectedAtMs === null) continue;
      if (this.isOver(verdict, nowMs)) verdict.ejectedAtMs = null;
      else this.nextWakeMs ??= nowMs + this.config.intervalMs;
    }
  }

  /** Why, since when and until when calls stay away; null: they do not. */
  ejectionOf({ verdict }: Load): EndpointInspection['ejection'] {
    if (verdict === null || verdict.ejectedAtMs === null) return null;
    const { cause, ejectedAtMs: sinceMs } = verdict;
    return { cause, sinceMs, untilMs: sinceMs + this.lastsMs(verdict) };
  }

  /**
   * Of gRFC A50's `max_ejection_percent`: one may always be ejected, and once so many are, as all implementations have it,
   * nobody more. A call may end at an endpoint that is not used any more: there is nothing to eject it from.
   */
  private eject(load: Load, cause: EjectionCause, nowMs: number): boolean {
    const loads = this.host.loads();
    if (!loads.includes(load)) return false;
    const ejected = loads.filter(({ verdict }) => verdict !== null && verdict.ejectedAtMs !== null).length;
    const { verdict } = load;
    const full = ejected > 0 && (ejected * 100) / loads.length >= this.config.maxEjectionPercent;
    if (verdict === null || full) return false;
    verdict.ejectedAtMs = nowMs;
    verdict.cause = cause;
    verdict.multiplier += 1;
    verdict.consecutiveFailures = 0;
    verdict.consecutiveTimeouts = 0;
    return true;
  }

  private takeBack({ verdict }: Load, nowMs: number): boolean {
    if (verdict === null) return false;
    if (verdict.ejectedAtMs === null) {
      if (verdict.multiplier > 0) verdict.multiplier -= 1;
      return false;
    }
    if (!this.isOver(verdict, nowMs)) return false;
    verdict.ejectedAtMs = null;
    return true;
  }

  /** gRFC A50: the base time for each ejection so far, up to the longest. */
  private lastsMs({ multiplier }: Verdict): number {
    const { baseEjectionMs, maxEjectionMs } = this.config;
    return Math.min(baseEjectionMs * multiplier, Math.max(baseEjectionMs, maxEjectionMs));
  }

  private isOver(verdict: Verdict, nowMs: number): boolean {
    return nowMs - (verdict.ejectedAtMs ?? nowMs) >= this.lastsMs(verdict);
  }

  private atRest(loads: readonly Load[]): boolean {
    return loads.every(
      ({ verdict }) => verdict === null || (verdict.ejectedAtMs === null && verdict.multiplier === 0),
    );
  }
}
