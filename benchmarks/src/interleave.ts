import { type Random, shuffled } from '#commands/random.js';

/** Makes one measurement; the number is what it took, in the unit of the benchmark. */
export type Contestant = () => number | Promise<number>;

/** The measurements of each contestant, at the same index those of the same round. */
export type Samples<Name extends string> = Readonly<Record<Name, readonly number[]>>;

export interface InterleaveOptions {
  /** Measured rounds, at least 7: with fewer a bootstrap interval means nothing. */
  readonly rounds: number;
  /** Rounds before them that are thrown away: code is compiled, caches fill. */
  readonly warmupRounds: number;
  readonly random: Random;
  /** Told before each round; negative numbers are warm-up rounds. */
  readonly onRound?: (round: number) => void;
}

const LEAST_ROUNDS = 7;

/**
 * Lets the contestants take turns, in another order each round. What disturbs the machine for a while then disturbs
 * all of them, and a ratio within one round hardly notices. A subject that is in it twice, under two names, is the
 * control: the ratio of the two says how far figures of this run can be trusted.
 */
export async function interleave<Name extends string>(
  contestants: Readonly<Record<Name, Contestant>>,
  options: InterleaveOptions,
): Promise<Samples<Name>> {
  const { rounds, warmupRounds, random, onRound } = options;
  if (!(rounds >= LEAST_ROUNDS)) {
    throw new RangeError(`rounds: got ${rounds}, accepted: at least ${LEAST_ROUNDS}`);
  }
  const order = Object.entries<Contestant>(contestants);
  const samples = new Map<string, number[]>(order.map(([name]) => [name, []]));
  for (let round = -warmupRounds; round < rounds; round++) {
    onRound?.(round);
    for (const [name, run] of shuffled(order, random)) {
      const sample = await run();
      if (round >= 0) samples.get(name)?.push(sample);
    }
  }
  return Object.fromEntries(samples) as Record<Name, number[]>;
}

/** Combines samples of the same rounds, usually into their ratio. */
export function perRound(
  combine: (...values: number[]) => number,
  ...samples: readonly (readonly number[])[]
): number[] {
  const rounds = Math.min(...samples.map(({ length }) => length));
  return Array.from({ length: rounds }, (_, round) =>
    combine(...samples.map((values) => values[round] ?? Number.NaN)),
  );
}

/** `a / b`, for `perRound`. */
export function ratio(a: number, b: number): number {
  return a / b;
}
