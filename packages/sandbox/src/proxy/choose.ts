import type { ClusterView, ServiceView } from '../cluster-view/cluster-view.js';

/** Where a connection to a virtual IP goes. */
export interface Backend {
  readonly host: string;
  readonly port: number;
}

/**
 * The backends of one Service port as kube-proxy counts them: the ready endpoints; when none is ready, those that
 * still serve although they terminate (KEP-1669).
 */
export function backends(view: ClusterView, service: ServiceView, portName: string): readonly Backend[] {
  const ready: Backend[] = [];
  const draining: Backend[] = [];
  for (const slice of view.slices(service.namespace, service.name)) {
    const port = slice.ports.find(({ name, protocol }) => name === portName && protocol === 'tcp')?.port;
    if (port === undefined) continue;
    for (const endpoint of slice.endpoints) {
      const host = endpoint.addresses[0];
      if (host === undefined) continue;
      if (endpoint.ready) ready.push({ host, port });
      else if (endpoint.serving && endpoint.terminating) draining.push({ host, port });
    }
  }
  return ready.length > 0 ? ready : draining;
}
