import type { ClusterApi, StoreEvent } from '../api/store.js';
import type { KubeObject } from '../objects.js';
import { keyOf } from './controller.js';
import type { PodObject, ServiceObject } from './objects.js';
import { matchesLabels } from './selector.js';

/** Whether the cluster finds the Service's endpoints; else somebody writes them by hand, or there are none. */
export function hasSelector({ spec }: ServiceObject): boolean {
  return spec.type !== 'ExternalName' && Object.keys(spec.selector ?? {}).length > 0;
}

function selects(service: ServiceObject, pod: KubeObject): boolean {
  return hasSelector(service) && matchesLabels(service.spec.selector ?? {}, pod.metadata.labels);
}

/** The pods that a Service selects, in order of their names. */
export function podsOf(api: ClusterApi, service: ServiceObject): PodObject[] {
  const pods = api.list('pods', service.metadata.namespace) as readonly PodObject[];
  return pods.filter((pod) => selects(service, pod));
}

/** The queue keys of the Services that select a pod as it is or as it was. */
export function servicesOfPod(
  api: ClusterApi,
  { object, old }: Pick<StoreEvent, 'object' | 'old'>,
): string[] {
  const services = api.list('services', object.metadata.namespace) as readonly ServiceObject[];
  return services
    .filter((service) => selects(service, object) || (old !== undefined && selects(service, old)))
    .map(keyOf);
}
