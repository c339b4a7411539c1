import { perRound, ratio } from './interleave.js';
import { estimate, median } from './statistics.js';

/** One figure of a benchmark; the columns are explained in README.md. */
export interface Row {
  /** `benchmark/what`. */
  readonly id: string;
  /** Number of endpoints, or of clients of a control plane. */
  readonly n: number;
  /** Unit of `value`. */
  readonly unit: string;
  /** Median of what was measured (in both runs of a round), in `unit`. Context only, unless there is no `ratio`. */
  readonly value?: number;
  /** Median of the ratios within one round. */
  readonly ratio?: number;
  /** Ends of the 95 % interval of `ratio`, or of `value` when there is no ratio. */
  readonly low: number;
  readonly high: number;
  /** The subject against itself in the same rounds; null where the subject ran once. Far from 1: do not trust the row. */
  readonly control: number | null;
  /** What `ratio` (or `value`) shall not exceed; null for context. */
  readonly goal: number | null;
  /** Null: there is no goal, or the interval lies on both sides of it. */
  readonly met: boolean | null;
}

/** Goals so close to 1 need a run whose control shows that it can tell such differences at all; what is counted does not. */
const TIGHT_GOAL = 1.02;
const TIGHT_CONTROL = 0.01;

/** Judges a figure: met when its whole interval is, missed when its whole interval is not, else undecided. */
export function isMet({
  low,
  high,
  control,
  goal,
}: Pick<Row, 'low' | 'high' | 'control' | 'goal'>): boolean | null {
  if (goal === null) return null;
  if (low > goal) return false;
  if (!(high <= goal)) return null;
  const steady = control !== null && Math.abs(control - 1) <= TIGHT_CONTROL;
  return goal === 0 || goal > TIGHT_GOAL || steady ? true : null;
}

export interface RowInput {
  readonly id: string;
  readonly n: number;
  readonly unit: string;
  /** The subject, one value a round, in `unit`. */
  readonly subject: readonly number[];
  /** The same subject measured a second time in the same rounds. */
  readonly again?: readonly number[];
  /** Ratios within a round; absent for a row that is judged by its value. */
  readonly ratios?: readonly number[];
  readonly goal?: number | undefined;
}

/** Makes the row of one figure. */
export function createRow({ id, n, unit, subject, again, ratios, goal }: RowInput): Row {
  const values = [...subject, ...(again ?? [])];
  const { median: figure, low, high } = estimate(ratios ?? values);
  const judged = {
    low,
    high,
    control: again === undefined ? null : median(perRound(ratio, again, subject)),
    goal: goal ?? null,
  };
  return {
    id,
    n,
    unit,
    value: median(values),
    ...(ratios === undefined ? {} : { ratio: figure }),
    ...judged,
    met: isMet(judged),
  };
}
