/** A number in [0, 1). */
export type Random = () => number;

/** A generator of 32 bits (mulberry32): the same seed gives the same numbers everywhere. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The items in a random order. */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const all = [...items];
  for (let i = all.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [all[i], all[j]] = [all[j]!, all[i]!];
  }
  return all;
}

/** The item that a die in [0, 1) falls on; undefined when there is none. */
export function fallsOn<T>(items: readonly T[], die: number): T | undefined {
  return items[Math.floor(die * items.length)];
}

/** A seed that is easy to type. */
export function anySeed(): number {
  return Math.floor(Math.random() * 1_000_000);
}
