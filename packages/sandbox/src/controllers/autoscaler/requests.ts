import { quantityValue } from '../../api/kinds/quantity.js';
import type { PodObject } from '../objects.js';

interface Requesting {
  name: string;
  resources?: { requests?: Record<string, string> };
}

/**
 * What each pod requests of a resource, in thousandths by pod name; of one container, if it is named. Throws when a
 * container requests nothing of it: a share of that cannot be told.
 */
export function podRequests(
  pods: readonly PodObject[],
  resource: string,
  container?: string,
): ReadonlyMap<string, number> {
  const requests = new Map<string, number>();
  for (const { metadata, spec } of pods) {
    const all: readonly Requesting[] = spec.containers;
    const sidecars: readonly Requesting[] = (spec.initContainers ?? []).filter(
      ({ restartPolicy }) => restartPolicy === 'Always',
    );
    const relevant = [...all, ...sidecars].filter(
      ({ name }) => container === undefined || name === container,
    );
    if (relevant.length === 0) {
      throw new Error(
        `container ${container ?? ''} not present in metrics for pod ${metadata.namespace ?? ''}/${metadata.name}`,
      );
    }
    const sum = relevant.reduce((total, { name, resources }) => {
      const text = resources?.requests?.[resource];
      if (text === undefined) {
        throw new Error(`missing request for ${resource} in container ${name} of Pod ${metadata.name}`);
      }
      return total + Math.ceil(quantityValue(text) * 1000);
    }, 0);
    requests.set(metadata.name, sum);
  }
  return requests;
}
