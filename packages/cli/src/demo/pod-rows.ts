import type { Endpoint } from '@fairlead/discovery';
import type { Bar } from '../output/bars.js';

/** Short, because it stands behind the bar; undefined: as it should be. */
function noteOf({ ready, terminating }: Endpoint): string | undefined {
  if (terminating) return 'draining';
  return ready ? undefined : 'not ready';
}

const byNumber = new Intl.Collator('en', { numeric: true });

/**
 * One bar per pod that there is, whether it has calls or not, and one for all that are gone. `calls` counts by address
 * or, where a client cannot tell it, by the name of the pod.
 */
export function podRows(calls: ReadonlyMap<string, number>, endpoints: readonly Endpoint[]): Bar[] {
  const rest = new Map(calls);
  const rows = [...endpoints]
    .sort((a, b) => byNumber.compare(a.key, b.key))
    .map((endpoint): Bar => {
      const { key, pod = '' } = endpoint;
      const value = (rest.get(key) ?? 0) + (rest.get(pod) ?? 0);
      rest.delete(key);
      rest.delete(pod);
      const note = noteOf(endpoint);
      return { label: `${key} ${pod}`.trimEnd(), value, ...(note ? { note } : {}) };
    });
  const gone = [...rest.values()].reduce((sum, count) => sum + count, 0);
  return gone === 0 ? rows : [...rows, { label: '(pods that are gone)', value: gone }];
}
