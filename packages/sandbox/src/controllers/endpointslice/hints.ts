import { equalJson } from '../../api/storage/json.js';
import type { EndpointSliceObject, ServiceObject, SliceEndpoint } from '../objects.js';

type Hints = SliceEndpoint['hints'];

/** Annotations that ask for hints in proportion to the zones' CPUs; the deprecated one wins. */
const TOPOLOGY_AWARE_HINTS = 'service.kubernetes.io/topology-aware-hints';
const TOPOLOGY_MODE = 'service.kubernetes.io/topology-mode';

/** What the Service's `trafficDistribution` hints at for an endpoint; only ready endpoints carry hints. */
function hintsOf(endpoint: SliceEndpoint, distribution: string | undefined): Hints {
  if (!endpoint.conditions.ready) return undefined;
  const forZones = endpoint.zone ? { forZones: [{ name: endpoint.zone }] } : {};
  switch (distribution) {
    case 'PreferClose':
    case 'PreferSameZone':
      return endpoint.zone ? forZones : undefined;
    case 'PreferSameNode':
      return endpoint.nodeName ? { ...forZones, forNodes: [{ name: endpoint.nodeName }] } : undefined;
    default:
      return undefined;
  }
}

/** Slices with right hints: those given that carry wrong ones come back as changed copies. */
export function correctHints(
  service: ServiceObject,
  slices: readonly EndpointSliceObject[],
): { readonly slices: EndpointSliceObject[]; readonly changed: EndpointSliceObject[] } {
  // With topology-mode Auto, trafficDistribution is ignored; a cluster of equal nodes has no CPUs to share by.
  const distribution = isTopologyAuto(service) ? undefined : service.spec.trafficDistribution;
  const changed: EndpointSliceObject[] = [];
  const all = slices.map((slice) => {
    const endpoints = (slice.endpoints ?? []).map((endpoint) => {
      const { hints, ...bare } = endpoint;
      const next = hintsOf(endpoint, distribution);
      if (equalJson(hints, next)) return endpoint;
      return next ? { ...bare, hints: next } : bare;
    });
    if (endpoints.every((endpoint, i) => endpoint === slice.endpoints?.[i])) return slice;
    const copy = { ...slice, endpoints };
    changed.push(copy);
    return copy;
  });
  return { slices: all, changed };
}

function isTopologyAuto(service: ServiceObject): boolean {
  const annotations = service.metadata.annotations ?? {};
  const mode = annotations[TOPOLOGY_AWARE_HINTS] ?? annotations[TOPOLOGY_MODE];
  return mode === 'Auto' || mode === 'auto';
}
