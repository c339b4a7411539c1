/**
 * Compares two maps by `get` and `===`; returns how many keys of `now` are new or hold something else. The unit in
 * which the cost of an update is counted: nobody can find a change in N endpoints that he does not look at.
 */
export function mapDiff(before: ReadonlyMap<string, object>, now: ReadonlyMap<string, object>): number {
  let different = 0;
  for (const [key, value] of now) if (before.get(key) !== value) different++;
  return different;
}

/** Two maps of n keys that hold the same objects. */
export function mapPair(n: number): [ReadonlyMap<string, object>, ReadonlyMap<string, object>] {
  const entries = Array.from({ length: n }, (_, i): [string, object] => [
    `10.0.${i >> 8}.${i & 255}:50051`,
    { i },
  ]);
  return [new Map(entries), new Map(entries)];
}
