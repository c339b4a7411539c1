import type { ClusterApi } from '../api/store.js';
import type { KubeObject } from '../objects.js';

interface Slice extends KubeObject {
  readonly endpoints?: readonly {
    readonly addresses: readonly string[];
    readonly conditions?: { readonly ready?: boolean };
  }[];
}

const SERVICE_LABEL = 'kubernetes.io/service-name';

/** First addresses of the endpoints of a Service that are ready. */
export function readyAddresses(api: ClusterApi, namespace: string, service: string): Set<string> {
  const slices = api
    .list('endpointslices', namespace)
    .filter(({ metadata }) => metadata.labels?.[SERVICE_LABEL] === service) as readonly Slice[];
  const ready = slices
    .flatMap(({ endpoints = [] }) => endpoints)
    .filter(({ conditions }) => conditions?.ready !== false);
  return new Set(ready.flatMap(({ addresses }) => addresses.slice(0, 1)));
}
