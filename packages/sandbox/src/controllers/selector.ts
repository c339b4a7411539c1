import type { LabelSelector } from '../objects.js';

type Labels = Readonly<Record<string, string>> | undefined;

/** Whether labels carry every pair of a plain map selector. */
export function matchesLabels(selector: Readonly<Record<string, string>>, labels: Labels): boolean {
  return Object.entries(selector).every(([key, value]) => labels?.[key] === value);
}

/** Whether labels fit a LabelSelector; an empty one fits everything, an absent one nothing. */
export function matchesSelector(selector: LabelSelector | undefined, labels: Labels): boolean {
  if (!selector) return false;
  if (!matchesLabels(selector.matchLabels ?? {}, labels)) return false;
  return (selector.matchExpressions ?? []).every((requirement) =>
    holds(requirement, labels?.[requirement.key]),
  );
}

/** Whether a value meets a requirement; never for an operator that label selectors do not have. */
export function holds(
  { operator, values = [] }: { readonly operator: string; readonly values?: readonly string[] },
  value: string | undefined,
): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}
