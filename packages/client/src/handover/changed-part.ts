/** What two lists have in common at either end; between lies everything that differs. */
export interface ChangedPart {
  /** Items at the beginning that are the same objects. */
  readonly head: number;
  /** Items at the end that are the same objects, none of them counted in `head`. */
  readonly tail: number;
}

/** Compares two lists from both ends by `===`; one change in a long list costs a pointer comparison per item. */
export function changedPart(before: readonly unknown[], after: readonly unknown[]): ChangedPart {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < shorter - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
  return { head, tail };
}
