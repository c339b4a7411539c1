import type { Condition } from './objects.js';

/** A condition by type. */
export function findCondition(
  conditions: readonly Condition[] | undefined,
  type: string,
): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/**
 * The list with `next` in place of the condition of its type. The same status and reason change nothing; the same
 * status keeps its transition time.
 */
export function withCondition(conditions: readonly Condition[], next: Condition): Condition[] {
  const current = findCondition(conditions, next.type);
  if (current && current.status === next.status && current.reason === next.reason) return [...conditions];
  const kept =
    current?.status === next.status && current.lastTransitionTime
      ? { lastTransitionTime: current.lastTransitionTime }
      : {};
  return [...withoutCondition(conditions, next.type), { ...next, ...kept }];
}

/** The list without the condition of a type. */
export function withoutCondition(conditions: readonly Condition[], type: string): Condition[] {
  return conditions.filter((condition) => condition.type !== type);
}
