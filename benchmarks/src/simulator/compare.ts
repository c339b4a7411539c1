import type { Contestant } from './contestants.js';
import type { Outcome } from './record.js';
import { type Scenario, simulate } from './simulate.js';

/** Middle and greatest of a figure over the seeds. */
export interface Spread {
  readonly median: number;
  readonly worst: number;
}

/** What one contestant did in a scenario. */
export interface Result {
  readonly contestant: string;
  /** Latency of the calls that succeeded (ms). */
  readonly p50: Spread;
  readonly p99: Spread;
  /** Calls that failed (%). */
  readonly failed: Spread;
  /** p99 ÷ that of the first contestant with the same seed; a call that failed counts as its timeout. */
  readonly ratio: Spread;
  /** The greatest share of a newcomer in its first second ÷ fair; NaN: nobody joined. */
  readonly newcomer: Spread;
  /** Part of the calls that stayed in the client's zone (%); NaN: there are no zones. */
  readonly inZone: Spread;
}

export interface Comparison {
  readonly scenario: string;
  readonly results: readonly Result[];
}

/** The value that this part (0 to 1) of the sorted values does not exceed; NaN of none. */
export function quantile(sorted: Float64Array | readonly number[], part: number): number {
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN;
}

export function spread(values: readonly number[]): Spread {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  return { median: quantile(sorted, 0.5), worst: quantile(sorted, 1) };
}

/** Failed calls take the places after all others. */
export function p99(outcome: Outcome, timeoutMs: number): number {
  const place = Math.ceil(0.99 * outcome.calls) - 1;
  return outcome.latencies[place] ?? timeoutMs;
}

/** Runs every contestant with every seed; the first one is what the others are divided by. */
export function compare(
  scenario: Scenario,
  contestants: readonly Contestant[],
  seeds: readonly number[],
): Comparison {
  let base: readonly number[] | null = null;
  const results = contestants.map(({ name, choosers }): Result => {
    const outcomes = seeds.map((seed) => simulate(scenario, choosers, seed));
    const tails = outcomes.map((outcome) => p99(outcome, scenario.timeoutMs));
    base ??= tails;
    const divisor = base;
    return {
      contestant: name,
      p50: spread(outcomes.map(({ latencies }) => quantile(latencies, 0.5))),
      p99: spread(tails),
      failed: spread(outcomes.map(({ failed, calls }) => (failed / calls) * 100)),
      ratio: spread(tails.map((tail, i) => tail / (divisor[i] ?? Number.NaN))),
      newcomer: spread(
        outcomes.map(({ newcomers }) =>
          quantile(
            [...newcomers].sort((a, b) => a - b),
            1,
          ),
        ),
      ),
      inZone: spread(
        outcomes.map(({ inZone }) => (scenario.zoneOf === undefined ? Number.NaN : inZone * 100)),
      ),
    };
  });
  return { scenario: scenario.name, results };
}
