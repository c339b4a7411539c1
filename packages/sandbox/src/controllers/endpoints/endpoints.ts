import { equalJson } from '../../api/storage/json.js';
import { HEADLESS_LABEL, isHeadless } from '../endpointslice/slice.js';
import { formatTriggerTime, TRIGGER_TIME } from '../endpointslice/trigger-time.js';
import type { EndpointSubset, EndpointsObject, ServiceObject } from '../objects.js';
import { packSubsets, truncateSubsets } from './packing.js';

/** Says that this controller looks after the object, as upstream names it. */
const MANAGED_BY = { 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' };
/** Annotation of an object that has not room for all addresses. */
const OVER_CAPACITY = 'endpoints.kubernetes.io/over-capacity';

/** The Endpoints object that a Service should have; undefined when `current` says the same. */
export function wantedEndpoints(
  service: ServiceObject,
  subsets: readonly EndpointSubset[],
  { current, triggerMs }: { current: EndpointsObject | undefined; triggerMs: number | undefined },
): EndpointsObject | undefined {
  const truncated = truncateSubsets(subsets);
  const kept = truncated ?? subsets;
  const labels = labelsOf(service);
  const annotations = { ...current?.metadata.annotations };
  if (current && equalJson(labels, current.metadata.labels) && sameSubsets(current.subsets, kept)) {
    if ((annotations[OVER_CAPACITY] !== undefined) === (truncated !== undefined)) return undefined;
  }
  delete annotations[TRIGGER_TIME];
  delete annotations[OVER_CAPACITY];
  if (triggerMs !== undefined) annotations[TRIGGER_TIME] = formatTriggerTime(triggerMs);
  if (truncated) annotations[OVER_CAPACITY] = 'truncated';
  const { name, namespace } = service.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: {
      ...(current?.metadata ?? { name, namespace }),
      labels,
      annotations: Object.keys(annotations).length > 0 ? annotations : undefined,
    },
    ...(kept.length > 0 ? { subsets: [...kept] } : {}),
  };
}

/** Somebody may have written the same in another order. */
function sameSubsets(current: readonly EndpointSubset[] = [], wanted: readonly EndpointSubset[]): boolean {
  return equalJson(current, wanted) || equalJson(packSubsets(current), wanted);
}

function labelsOf(service: ServiceObject): Record<string, string> {
  const { [HEADLESS_LABEL]: _, ...labels } = service.metadata.labels ?? {};
  return { ...labels, ...(isHeadless(service) ? { [HEADLESS_LABEL]: '' } : {}), ...MANAGED_BY };
}
