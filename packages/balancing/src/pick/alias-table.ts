import type { Random } from '../contract.js';

/**
 * Draws an index with a chance in proportion to its weight, in constant time: Vose's form of Walker's alias method.
 * Each index owns a column of the same width, of which a part may belong to one other index.
 */
export class AliasTable {
  /** How much of a column is its owner's, 0 to 1. */
  private readonly own: Float64Array;
  private readonly other: Int32Array;

  /** Weights are finite and > 0. */
  constructor(weights: readonly number[]) {
    const n = weights.length;
    this.own = new Float64Array(n).fill(1);
    this.other = Int32Array.from(weights, (_, i) => i);
    const sum = weights.reduce((total, weight) => total + weight, 0);
    const scaled = Float64Array.from(weights, (weight) => (weight / sum) * n);
    const small: number[] = [];
    const large: number[] = [];
    for (let i = 0; i < n; i++) ((scaled[i] ?? 0) < 1 ? small : large).push(i);
    while (small.length > 0 && large.length > 0) {
      const less = small.pop() ?? 0;
      const more = large.pop() ?? 0;
      this.own[less] = scaled[less] ?? 0;
      this.other[less] = more;
      const rest = (scaled[more] ?? 0) - (1 - (scaled[less] ?? 0));
      scaled[more] = rest;
      (rest < 1 ? small : large).push(more);
    }
  }

  draw(random: Random): number {
    const at = random() * this.own.length;
    const column = Math.floor(at);
    return at - column < (this.own[column] ?? 1) ? column : (this.other[column] ?? column);
  }
}
