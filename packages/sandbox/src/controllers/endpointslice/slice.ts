import type { EndpointPort, EndpointSliceObject, ServiceObject } from '../objects.js';
import { controllerRef } from '../owner.js';

/** Joins slices with their Service. */
export const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';
/** Says who looks after a slice. */
export const MANAGED_BY_LABEL = 'endpointslice.kubernetes.io/managed-by';
/** This controller, under upstream's name. */
export const CONTROLLER_NAME = 'endpointslice-controller.k8s.io';
/** Marks what belongs to a Service without a cluster IP. */
export const HEADLESS_LABEL = 'service.kubernetes.io/headless';
const RESERVED_LABELS = new Set([SERVICE_NAME_LABEL, MANAGED_BY_LABEL, HEADLESS_LABEL]);

/** An empty slice of a Service, without a name. */
export function newSlice(service: ServiceObject, ports: readonly EndpointPort[]): EndpointSliceObject {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: '',
      generateName: `${service.metadata.name}-`,
      namespace: service.metadata.namespace,
      labels: sliceLabels(service),
      ownerReferences: [controllerRef(service)],
    },
    addressType: 'IPv4',
    endpoints: [],
    ports: [...ports],
  };
}

/** Whether a Service has no cluster IP. */
export function isHeadless({ spec: { clusterIP } }: ServiceObject): boolean {
  return !clusterIP || clusterIP === 'None';
}

/** The Service's own labels, and those by which consumers find slices. */
export function sliceLabels(service: ServiceObject): Record<string, string> {
  return {
    ...unreserved(service.metadata.labels),
    ...(isHeadless(service) ? { [HEADLESS_LABEL]: '' } : {}),
    [SERVICE_NAME_LABEL]: service.metadata.name,
    [MANAGED_BY_LABEL]: CONTROLLER_NAME,
  };
}

/** Whether a slice does not carry exactly the Service's own labels. */
export function labelsDiffer(slice: EndpointSliceObject, service: ServiceObject): boolean {
  const [a, b] = [unreserved(slice.metadata.labels), unreserved(service.metadata.labels)];
  const keys = Object.keys(a);
  return keys.length !== Object.keys(b).length || keys.some((key) => a[key] !== b[key]);
}

/** Whether a slice is this very Service's, and not that of a former one of the same name. */
export function isOwnedBy(slice: EndpointSliceObject, service: ServiceObject): boolean {
  return (slice.metadata.ownerReferences ?? []).some(
    ({ kind, uid }) => kind === 'Service' && uid === service.metadata.uid,
  );
}

function unreserved(labels: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !RESERVED_LABELS.has(key)));
}
