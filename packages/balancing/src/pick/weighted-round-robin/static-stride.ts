/** Weights are scaled so that the greatest is this: 16 bits are exact enough and small. */
const MAX_WEIGHT = 65_535;
/** Indices start at different places of their strides, so that neighbours of one weight do not come in a burst. */
const OFFSET = 32_767;
/** A weight beyond these multiples of the mean counts as the multiple: one odd report must not take or lose it all. */
const MAX_RATIO = 10;
const MIN_RATIO = 0.1;

/**
 * Chooses indices in proportion to their weights by a fixed rule over a counter (the scheduler of gRFC A58 in C++ and
 * Java): in each generation of the counter an index is passed over unless its weight crosses a multiple of the
 * greatest one. Without a heap, a lock or an allocation.
 */
export class StaticStride {
  private readonly weights: Uint16Array;
  private counter: number;

  /** A weight of 0 stands for the mean of the others. `start` (≥ 0) is where the counter begins. */
  constructor(weights: readonly number[], start: number) {
    this.weights = scale(weights);
    this.counter = start % (weights.length * MAX_WEIGHT);
  }

  /** Where the counter is: other weights go on from there. */
  get position(): number {
    return this.counter;
  }

  /** Ends: in every generation an index of the greatest weight is not passed over. */
  next(): number {
    const { weights } = this;
    const n = weights.length;
    for (;;) {
      const sequence = this.counter;
      // Far below 2^53, so that every product stays exact.
      this.counter = sequence + 1 >= n * MAX_WEIGHT ? 0 : sequence + 1;
      const index = sequence % n;
      const generation = Math.floor(sequence / n);
      const weight = weights[index] ?? MAX_WEIGHT;
      if ((weight * generation + OFFSET * index) % MAX_WEIGHT >= MAX_WEIGHT - weight) return index;
    }
  }
}

function scale(weights: readonly number[]): Uint16Array {
  const known = weights.filter((weight) => weight > 0);
  const mean = known.reduce((sum, weight) => sum + weight, 0) / known.length;
  const greatest = Math.min(Math.max(...known), mean * MAX_RATIO);
  const factor = MAX_WEIGHT / greatest;
  const least = Math.ceil(mean * MIN_RATIO * factor);
  return Uint16Array.from(weights, (weight) => {
    if (!(weight > 0)) return Math.round(mean * factor);
    return Math.max(Math.round(Math.min(weight, greatest) * factor), least);
  });
}
