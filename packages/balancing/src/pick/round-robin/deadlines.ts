import type { Random } from '../../contract.js';

/**
 * The earliest deadline goes first, and its next one is a period of 1 ÷ weight later: over time each index comes up
 * in proportion to its weight, and never in a burst. A binary heap: O(log N) each time.
 *
 * gRFC A58: "To avoid synchronization, each subchannel's deadline is set to a random value in the range [0, period]
 * when first inserted."
 */
export class Deadlines {
  private readonly heap: Int32Array;
  private readonly deadline: Float64Array;
  private readonly period: Float64Array;

  /** Weights are finite and > 0. */
  constructor(weights: readonly number[], random: Random) {
    this.heap = Int32Array.from(weights, (_, i) => i);
    this.period = Float64Array.from(weights, (weight) => 1 / weight);
    this.deadline = this.period.map((period) => period * random());
    for (let at = (weights.length >> 1) - 1; at >= 0; at--) this.sink(at);
  }

  /** The index whose turn it is; 0 for no weights at all. */
  next(): number {
    const index = this.heap[0] ?? 0;
    this.deadline[index] = this.due(index) + (this.period[index] ?? 0);
    this.sink(0);
    return index;
  }

  private due(index: number): number {
    return this.deadline[index] ?? Number.POSITIVE_INFINITY;
  }

  private sink(start: number): void {
    const { heap } = this;
    const moved = heap[start] ?? 0;
    const due = this.due(moved);
    let at = start;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      const left = heap[child] ?? 0;
      const right = heap[child + 1];
      let least = left;
      if (right !== undefined && this.due(right) < this.due(left)) {
        child += 1;
        least = right;
      }
      if (this.due(least) >= due) break;
      heap[at] = least;
      at = child;
    }
    heap[at] = moved;
  }
}
