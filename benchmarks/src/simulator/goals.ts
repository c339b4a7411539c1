import type { Comparison, Result } from './compare.js';
import { DEFAULT, FULL_REPORTS, onSubset } from './contestants.js';
import { JOINED } from './plans.js';

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

/** p99 against the shortest queue, of somebody among the antagonists. */
function tail(studied: Comparison, contestant: string, atMost: number): Goal {
  const name = `antagonists: p99 ÷ shortest queue, ${contestant}`;
  return { name, atMost, ...resultOf(studied, contestant).ratio };
}

/** p99 against another one on the calm fleet. */
function harm(quiet: Comparison, contestant: string, other: string): Goal {
  const name = `calm: p99 ÷ ${other}, ${contestant}`;
  return { name, atMost: 1.02, ...against(quiet, contestant, other) };
}

/** `studied`: the antagonists; `quiet`: the calm fleet; `joined`: scenarios in which servers join, with slow start or not. */
export function goalsOf(studied: Comparison, quiet: Comparison, joined: readonly Comparison[]): Goal[] {
  const newcomers = joined.flatMap((comparison) =>
    JOINED.map(
      (policy): Goal => ({
        name: `${comparison.scenario}: first second of a newcomer ÷ fair, ${policy}`,
        atMost: 2,
        ...resultOf(comparison, policy).newcomer,
      }),
    ),
  );
  return [
    tail(studied, onSubset(DEFAULT), 1.5),
    { ...tail(studied, onSubset('loadAware'), 1.25), name: 'antagonists: p99 ÷ shortest queue, best policy' },
    tail(studied, FULL_REPORTS.name, 1.25),
    harm(quiet, DEFAULT, 'roundRobin'),
    harm(quiet, onSubset(DEFAULT), 'roundRobin'),
    harm(quiet, onSubset(DEFAULT), onSubset('roundRobin')),
    ...newcomers,
  ];
}
