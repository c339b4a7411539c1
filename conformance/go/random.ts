import { seededRandom as seeded } from '#commands/random.js';

/** Random choices that a seed repeats. */
export interface Random {
  /** A whole number from 0 to `n` - 1. */
  below(n: number): number;
  /** True in so many of 100 cases. */
  percent(share: number): boolean;
  pick<T>(items: readonly T[]): T;
  times<T>(n: number, make: (index: number) => T): T[];
}

/** Choices by the numbers of one seed. */
export function seededRandom(seed: number): Random {
  const next = seeded(seed);
  const below = (n: number): number => Math.floor(next() * n);
  return {
    below,
    percent: (share) => next() * 100 < share,
    pick: (items) => items[below(items.length)]!,
    times: (n, make) => Array.from({ length: n }, (_, index) => make(index)),
  };
}
