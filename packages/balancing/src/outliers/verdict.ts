import type { EjectionCause } from '../contract.js';

/** How the calls of one endpoint ended, and what followed from it. */
export interface Verdict {
  /** Of the present interval. */
  successes: number;
  failures: number;
  /** Failures, and ended deadlines, since a call last went otherwise. */
  consecutiveFailures: number;
  consecutiveTimeouts: number;
  /** Epoch ms; null: not ejected. */
  ejectedAtMs: number | null;
  /** Of its last ejection. */
  cause: EjectionCause;
  /** How many times its ejection is as long as the first one. */
  multiplier: number;
}

/** The verdict on an endpoint, from its first call on. */
export function verdictOf(load: { verdict: Verdict | null }): Verdict {
  load.verdict ??= {
    successes: 0,
    failures: 0,
    consecutiveFailures: 0,
    consecutiveTimeouts: 0,
    ejectedAtMs: null,
    cause: 'consecutive-failures',
    multiplier: 0,
  };
  return load.verdict;
}
