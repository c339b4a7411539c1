/** A reading at a time. */
export interface Sample {
  readonly atMs: number;
  readonly value: number;
}

/** Warm-up of the run that is not looked at: compiled code and caches settle in it. */
const IGNORED_SHARE = 0.2;

/** What lasts is there at the lowest point of each of so many parts; what comes and goes is not. */
const FEWEST_PARTS = 3;
const MOST_PARTS = 6;
/** What comes and goes may be there for a few samples. */
const SAMPLES_IN_PART = 4;

/** The lowest sample of each of equal parts of the time. */
function lowest(samples: readonly Sample[]): Sample[] {
  const fromMs = samples[0]?.atMs ?? 0;
  const parts = Math.min(MOST_PARTS, Math.max(FEWEST_PARTS, Math.floor(samples.length / SAMPLES_IN_PART)));
  const partMs = ((samples.at(-1)?.atMs ?? 0) - fromMs) / parts;
  const lows = new Map<number, Sample>();
  for (const sample of samples) {
    const part = Math.min(parts - 1, Math.floor((sample.atMs - fromMs) / partMs));
    if (sample.value < (lows.get(part)?.value ?? Number.POSITIVE_INFINITY)) lows.set(part, sample);
  }
  return [...lows.values()];
}

/**
 * What a value grew by over the last 80 % of a run: the rise of the least-squares line through the lowest samples of its
 * parts, so that no single reading decides, and nothing counts that is given up again. Zero for fewer than three samples.
 */
export function growth(samples: readonly Sample[]): number {
  const [first] = samples;
  const last = samples.at(-1);
  if (first === undefined || last === undefined) return 0;
  const fromMs = first.atMs + IGNORED_SHARE * (last.atMs - first.atMs);
  const kept = samples.filter(({ atMs }) => atMs >= fromMs);
  const lows = lowest(kept);
  if (lows.length < 3) return 0;
  const mean = (of: (sample: Sample) => number): number =>
    lows.reduce((sum, sample) => sum + of(sample), 0) / lows.length;
  const meanMs = mean(({ atMs }) => atMs);
  const meanValue = mean(({ value }) => value);
  const spread = mean(({ atMs }) => (atMs - meanMs) ** 2);
  const slope = mean(({ atMs, value }) => (atMs - meanMs) * (value - meanValue)) / spread;
  return slope * (last.atMs - kept[0]!.atMs);
}
