/** A reading at a time. */
export interface Sample {
  readonly atMs: number;
  readonly value: number;
}

/** Warm-up of the run that is not looked at: compiled code and caches settle in it. */
const IGNORED_SHARE = 0.2;

/**
 * What a value grew by over the last 80 % of a run: the rise of the least-squares line from the first to the last of
 * those samples, so that neither end decides alone. Zero for fewer than three samples.
 */
export function growth(samples: readonly Sample[]): number {
  const [first] = samples;
  const last = samples.at(-1);
  if (first === undefined || last === undefined) return 0;
  const fromMs = first.atMs + IGNORED_SHARE * (last.atMs - first.atMs);
  const kept = samples.filter(({ atMs }) => atMs >= fromMs);
  if (kept.length < 3) return 0;
  const mean = (of: (sample: Sample) => number): number =>
    kept.reduce((sum, sample) => sum + of(sample), 0) / kept.length;
  const meanMs = mean(({ atMs }) => atMs);
  const meanValue = mean(({ value }) => value);
  const spread = mean(({ atMs }) => (atMs - meanMs) ** 2);
  if (spread === 0) return 0;
  const slope = mean(({ atMs, value }) => (atMs - meanMs) * (value - meanValue)) / spread;
  return slope * (last.atMs - kept[0]!.atMs);
}
