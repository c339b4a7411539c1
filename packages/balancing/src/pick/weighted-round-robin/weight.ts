import type { Reported } from '../reported.js';

/** The periods of gRFC A58, in ms. */
export interface WeightRules {
  readonly blackoutMs: number;
  readonly expirationMs: number;
  readonly errorUtilizationPenalty: number;
}

/**
 * The weight that a server's own reports give it: rps ÷ (utilization + eps ÷ rps × penalty). 0: it has none (no report
 * yet, not for long enough, or none for too long).
 */
export function reportedWeight(reported: Reported | null, rules: WeightRules, nowMs: number): number {
  if (reported === null) return 0;
  if (nowMs - reported.usableAtMs >= rules.expirationMs) {
    reported.nonEmptySinceMs = Number.POSITIVE_INFINITY;
    return 0;
  }
  if (rules.blackoutMs > 0 && nowMs - reported.nonEmptySinceMs < rules.blackoutMs) return 0;
  const { rps, eps, utilization } = reported;
  const weight = rps / (utilization + (eps / rps) * rules.errorUtilizationPenalty);
  return Number.isFinite(weight) ? weight : 0;
}
