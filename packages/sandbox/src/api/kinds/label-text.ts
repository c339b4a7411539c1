import type { LabelSelector } from '../../objects.js';

const OPERATORS: Readonly<Record<string, string>> = { In: 'in', NotIn: 'notin' };

/** `a=1,b=2`, sorted by key; `<none>` for no label. */
export function labelText(labels: Record<string, string> | undefined): string {
  const pairs = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return pairs.sort().join(',') || '<none>';
}

/** A selector in the form of `kubectl get -l`, sorted by key; `<none>` when it selects everything. */
export function selectorText(selector: LabelSelector | undefined): string {
  const terms: [key: string, text: string][] = Object.entries(selector?.matchLabels ?? {}).map(
    ([key, value]) => [key, `${key}=${value}`],
  );
  for (const { key, operator, values = [] } of selector?.matchExpressions ?? []) {
    const word = OPERATORS[operator];
    if (word !== undefined) terms.push([key, `${key} ${word} (${values.toSorted().join(',')})`]);
    else terms.push([key, operator === 'DoesNotExist' ? `!${key}` : key]);
  }
  terms.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return terms.map(([, text]) => text).join(',') || '<none>';
}
