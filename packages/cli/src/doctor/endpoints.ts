import type { Endpoint, EndpointSet } from '@fairlead/discovery';
import { conditionsOf } from '../output/endpoint.js';

const count = (n: number, one: string): string => `${n} ${one}${n === 1 ? '' : 's'}`;

/** How many endpoints there are, in how many slices, in which conditions. */
export function summarize({ endpoints }: Pick<EndpointSet, 'endpoints'>): string {
  const counts = new Map<string, number>();
  for (const endpoint of endpoints) {
    const condition = conditionsOf(endpoint);
    counts.set(condition, (counts.get(condition) ?? 0) + 1);
  }
  const slices = new Set(endpoints.map(({ slice }: Endpoint) => slice)).size;
  const conditions = [...counts].map(([condition, n]) => `${n} ${condition}`).join(', ');
  return `${count(endpoints.length, 'endpoint')} in ${count(slices, 'slice')}: ${conditions}`;
}
