import type { Comparison, Result } from './compare.js';

/** What is wanted of a figure, and what it is. */
export interface Goal {
  readonly name: string;
  readonly atMost: number;
  readonly median: number;
  readonly worst: number;
}

export function met({ atMost, worst }: Goal): boolean {
  return worst <= atMost;
}

function resultOf({ scenario, results }: Comparison, contestant: string): Result {
  const found = results.find((result) => result.contestant === contestant);
  if (found === undefined) throw new Error(`${scenario}: "${contestant}" did not run`);
  return found;
}

/** The figure of one divided by that of another, of the same scenario. */
function against(comparison: Comparison, name: string, other: string): Pick<Goal, 'median' | 'worst'> {
  const [a, b] = [resultOf(comparison, name).ratio, resultOf(comparison, other).ratio];
  return { median: a.median / b.median, worst: a.worst / b.median };
}

/** `studied`: the antagonists; `quiet`: the calm fleet; `joined`: scenarios in which servers join, with slow start or not. */
export function goalsOf(studied: Comparison, quiet: Comparison, joined: readonly Comparison[]): Goal[] {
  const newcomers = joined.flatMap((comparison) =>
    ['roundRobin', 'leastRequest', 'peakEwma', 'loadAware'].map(
      (policy): Goal => ({
        name: `${comparison.scenario}: first second of a newcomer ÷ fair, ${policy}`,
        atMost: 2,
        ...resultOf(comparison, policy).newcomer,
      }),
    ),
  );
  return [
    {
      name: 'antagonists: p99 ÷ shortest queue, leastRequest (default)',
      atMost: 1.5,
      ...resultOf(studied, 'leastRequest').ratio,
    },
    {
      name: 'antagonists: p99 ÷ shortest queue, loadAware, subset 20',
      atMost: 1.5,
      ...resultOf(studied, 'loadAware, subset 20').ratio,
    },
    {
      name: 'antagonists: p99 ÷ shortest queue, loadAware, 100 ms (best)',
      atMost: 1.25,
      ...resultOf(studied, 'loadAware, 100 ms').ratio,
    },
    {
      name: 'calm: p99 ÷ roundRobin, leastRequest (default)',
      atMost: 1.02,
      ...against(quiet, 'leastRequest', 'roundRobin'),
    },
    {
      name: 'calm: p99 ÷ roundRobin with the same subset, loadAware, subset 20',
      atMost: 1.02,
      ...against(quiet, 'loadAware, subset 20', 'roundRobin, subset 20'),
    },
    {
      name: 'calm: p99 ÷ roundRobin without a subset, loadAware, subset 20',
      atMost: 1.02,
      ...against(quiet, 'loadAware, subset 20', 'roundRobin'),
    },
    ...newcomers,
  ];
}
