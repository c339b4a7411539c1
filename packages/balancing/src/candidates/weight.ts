/** The smallest weight that counts. RFC 2782 (SRV): a weight of 0 leaves "a very small chance of being selected". */
const MIN_WEIGHT = 1e-3;
/** The greatest: beyond it the others would be lost in the rounding of doubles. */
const MAX_WEIGHT = 1e9;

/** The weight of a candidate as it counts: 1 when it has none, or none that is a weight (NaN, negative, infinite). */
export function weightOf(weight: number | undefined): number {
  if (weight === undefined || !Number.isFinite(weight) || weight < 0) return 1;
  return Math.min(Math.max(weight, MIN_WEIGHT), MAX_WEIGHT);
}
