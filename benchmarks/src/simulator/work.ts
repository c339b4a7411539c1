import type { Random } from '#commands/random.js';

/** Near enough to a normal deviate: the sum of twelve even ones. */
export function deviate(random: Random): number {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += random();
  return sum;
}

export function exponential(mean: number, random: Random): number {
  return -Math.log(1 - random()) * mean;
}

/** Work that varies as much as its mean, as the hashes of the Prequal paper do; never less than a fiftieth of it. */
export function variable(meanMs: number): (random: Random) => number {
  return (random) => Math.max(meanMs / 50, meanMs * (1 + deviate(random)));
}
