/** Tells list items apart: by their merge key's value, or by themselves in a list of scalars. */
export type IdentityOf = (item: unknown) => unknown;

/**
 * The order of a merged list, as strategic merge patch defines it: items that the patch names stand in the patch's
 * order, all others in the order they had; where the two meet, the old order decides as far as it knows both, else
 * the patch's item comes first.
 */
export function orderMerged(
  merged: readonly unknown[],
  patchOrder: readonly unknown[],
  { oldOrder, identityOf }: { oldOrder: readonly unknown[]; identityOf: IdentityOf },
): unknown[] {
  const inPatch = positions(patchOrder, identityOf);
  const inOld = positions(oldOrder, identityOf);
  const rank = (order: ReadonlyMap<unknown, number>) => (a: unknown, b: unknown) =>
    (order.get(identityOf(a)) ?? Number.POSITIVE_INFINITY) -
      (order.get(identityOf(b)) ?? Number.POSITIVE_INFINITY) || 0;
  const named = merged.filter((item) => inPatch.has(identityOf(item))).sort(rank(inPatch));
  const others = merged.filter((item) => !inPatch.has(identityOf(item))).sort(rank(inOld));
  const result: unknown[] = [];
  let next = 0;
  for (const item of named) {
    const at = inOld.get(identityOf(item));
    while (next < others.length) {
      const other = inOld.get(identityOf(others[next]));
      if (at === undefined || other === undefined || other >= at) break;
      result.push(others[next++]);
    }
    result.push(item);
  }
  return [...result, ...others.slice(next)];
}

function positions(order: readonly unknown[], identityOf: IdentityOf): Map<unknown, number> {
  const found = new Map<unknown, number>();
  for (const [index, item] of order.entries()) {
    const identity = identityOf(item);
    if (!found.has(identity)) found.set(identity, index);
  }
  return found;
}
