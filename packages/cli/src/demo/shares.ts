/** How calls were spread over addresses. */
export interface Spread {
  readonly total: number;
  /** Percent of the calls per address, largest first, one decimal. */
  readonly percents: readonly number[];
}

export function spreadOf(calls: ReadonlyMap<string, number>): Spread {
  const total = [...calls.values()].reduce((sum, count) => sum + count, 0);
  const percents = [...calls.values()].map((count) => Math.round((1000 * count) / total) / 10);
  return { total, percents: percents.sort((a, b) => b - a) };
}

/** True when every one of `count` addresses got its equal share, within `points` percent points. */
export function isEven({ percents }: Spread, count: number, points: number): boolean {
  return percents.length === count && percents.every((percent) => Math.abs(percent - 100 / count) <= points);
}
