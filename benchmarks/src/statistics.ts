import { seededRandom } from '#commands/random.js';

/** A figure with the interval that 95 of 100 repetitions of the measurement would fall into. */
export interface Estimate {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

export interface BootstrapOptions {
  /** Default 1: the same samples always give the same interval. */
  readonly seed?: number;
  /** How often the samples are drawn anew. Default 2000: the ends of the interval then move by less than they mean. */
  readonly resamples?: number;
  /** Share of the resampled medians inside the interval. Default 0.95. */
  readonly level?: number;
}

/** The value below which the share `at` of the sorted values lies, interpolated. */
export function quantile(sorted: readonly number[], at: number): number {
  const place = (sorted.length - 1) * at;
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  if (below === undefined || above === undefined) throw new RangeError('quantile: there are no values');
  return below + (above - below) * (place - Math.floor(place));
}

const ascending = (a: number, b: number): number => a - b;

/** The middle value; the mean of the two in the middle when their number is even. */
export function median(values: readonly number[]): number {
  return quantile([...values].sort(ascending), 0.5);
}

/**
 * The median with its bootstrap interval (percentile method): draws as many values with replacement, again and again,
 * and looks where the medians of those draws lie. Assumes nothing about how the values are spread.
 */
export function estimate(values: readonly number[], options: BootstrapOptions = {}): Estimate {
  const { seed = 1, resamples = 2000, level = 0.95 } = options;
  const random = seededRandom(seed);
  const medians: number[] = [];
  const draw: number[] = new Array(values.length).fill(0);
  for (let k = 0; k < resamples; k++) {
    for (let i = 0; i < draw.length; i++) draw[i] = values[Math.floor(random() * values.length)] ?? 0;
    medians.push(median(draw));
  }
  medians.sort(ascending);
  const tail = (1 - level) / 2;
  return { median: median(values), low: quantile(medians, tail), high: quantile(medians, 1 - tail) };
}
