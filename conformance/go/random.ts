/** Random choices that a seed repeats. */
export interface Random {
  /** A whole number from 0 to `n` - 1. */
  below(n: number): number;
  /** True in so many of 100 cases. */
  percent(share: number): boolean;
  pick<T>(items: readonly T[]): T;
  times<T>(n: number, make: (index: number) => T): T[];
}

/** Mulberry32: short, and good enough to choose test cases. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n: number): number => Math.floor(next() * n);
  return {
    below,
    percent: (share) => next() * 100 < share,
    pick: (items) => items[below(items.length)]!,
    times: (n, make) => Array.from({ length: n }, (_, index) => make(index)),
  };
}
