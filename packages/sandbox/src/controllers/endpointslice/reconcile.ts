import { equalJson } from '../../api/storage/json.js';
import type {
  EndpointPort,
  EndpointSliceObject,
  NodeObject,
  PodObject,
  ServiceObject,
  SliceEndpoint,
} from '../objects.js';
import { endpointKey, endpointPorts, hasEndpoint, podToEndpoint, portMapKey } from './endpoint.js';
import { correctHints } from './hints.js';
import { packGroup, type SliceChanges } from './packing.js';
import { isOwnedBy, newSlice } from './slice.js';

/** The state that slices are computed from. */
interface SliceInput {
  readonly service: ServiceObject;
  /** Pods that the Service selects. */
  readonly pods: readonly PodObject[];
  /** By name. */
  readonly nodes: ReadonlyMap<string, NodeObject>;
  /** The slices of this controller that carry the Service's name. */
  readonly existing: readonly EndpointSliceObject[];
  /** Default 100, as upstream. */
  readonly maxPerSlice?: number;
}

/** Writes in the order in which they must be sent: creates, updates, deletes. */
export interface SlicePlan extends SliceChanges {
  /** Pods left out because their node does not exist: the Service must be looked at again. */
  readonly withoutNode: readonly string[];
}

interface Wanted {
  readonly ports: EndpointPort[];
  readonly endpoints: Map<string, SliceEndpoint>;
}

/** Decides, without any I/O, how the slices of a Service change (upstream's Reconcile). */
export function reconcileSlices(input: SliceInput): SlicePlan {
  const { service, existing, maxPerSlice = 100 } = input;
  const { groups, withoutNode } = wantedGroups(input);
  const create: EndpointSliceObject[] = [];
  const update: EndpointSliceObject[] = [];
  const remove: EndpointSliceObject[] = [];

  const byPorts = new Map<string, EndpointSliceObject[]>();
  for (const slice of existing) {
    // A slice of a former Service of the same name, or of an address type that it no longer has, is never reused.
    if (!isOwnedBy(slice, service) || slice.addressType !== 'IPv4') remove.push(slice);
    else byPorts.set(portMapKey(slice.ports), [...(byPorts.get(portMapKey(slice.ports)) ?? []), slice]);
  }
  for (const [key, { ports, endpoints }] of groups) {
    const group = { service, ports, wanted: endpoints, existing: byPorts.get(key) ?? [], maxPerSlice };
    const changes = packGroup(group);
    create.push(...changes.create);
    update.push(...changes.update);
    remove.push(...changes.delete);
  }
  for (const [key, slices] of byPorts) if (!groups.has(key)) remove.push(...slices);

  addPlaceholder(service, { existing, create, remove });
  const hinted = applyHints(service, { existing, create, update, remove });
  return { ...recycle(service, hinted), withoutNode };
}

/** Groups the endpoints of the selected pods by their ports. */
function wantedGroups({ service, pods, nodes }: SliceInput) {
  const groups = new Map<string, Wanted>();
  const withoutNode: string[] = [];
  for (const pod of pods) {
    if (!hasEndpoint(pod)) continue;
    const ports = endpointPorts(service, pod);
    const key = portMapKey(ports);
    const group = groups.get(key) ?? { ports, endpoints: new Map<string, SliceEndpoint>() };
    groups.set(key, group);
    const node = nodes.get(pod.spec.nodeName ?? '');
    if (!node && !service.spec.publishNotReadyAddresses) {
      withoutNode.push(pod.metadata.name);
      continue;
    }
    const endpoint = podToEndpoint(pod, service, node);
    if (endpoint) group.endpoints.set(endpointKey(endpoint), endpoint);
  }
  return { groups, withoutNode };
}

interface Changes {
  readonly existing: readonly EndpointSliceObject[];
  readonly create: EndpointSliceObject[];
  readonly remove: EndpointSliceObject[];
}

/** A Service without endpoints keeps one slice without endpoints and ports, so that consumers can tell it is known. */
function addPlaceholder(service: ServiceObject, { existing, create, remove }: Changes): void {
  if (existing.length !== remove.length || create.length > 0) return;
  const placeholder = newSlice(service, []);
  const [only] = remove;
  if (remove.length === 1 && only && isSamePlaceholder(only, placeholder)) remove.length = 0;
  else create.push(placeholder);
}

function isSamePlaceholder(slice: EndpointSliceObject, placeholder: EndpointSliceObject): boolean {
  return (
    slice.addressType === placeholder.addressType &&
    (slice.endpoints ?? []).length === 0 &&
    (slice.ports ?? []).length === 0 &&
    equalJson(slice.metadata.labels, placeholder.metadata.labels) &&
    equalJson(slice.metadata.ownerReferences, placeholder.metadata.ownerReferences)
  );
}

/** Corrects hints in what is written anyway, and in slices that would otherwise stay as they are. */
function applyHints(service: ServiceObject, changes: Changes & { readonly update: EndpointSliceObject[] }) {
  const touched = new Set([...changes.update, ...changes.remove].map((slice) => slice.metadata.name));
  const untouched = changes.existing.filter((slice) => !touched.has(slice.metadata.name));
  return {
    create: correctHints(service, changes.create).slices,
    update: [...correctHints(service, changes.update).slices, ...correctHints(service, untouched).changed],
    delete: changes.remove,
  };
}

/** A slice that would be deleted takes the content of one that would be created: one write instead of two. */
function recycle(service: ServiceObject, changes: SliceChanges): SliceChanges {
  const create = [...changes.create];
  const update = [...changes.update];
  const remove: EndpointSliceObject[] = [];
  for (const slice of changes.delete) {
    const reusable = slice.addressType === 'IPv4' && isOwnedBy(slice, service);
    const next = reusable ? create.pop() : undefined;
    if (next) update.push({ ...next, metadata: { ...next.metadata, name: slice.metadata.name } });
    else remove.push(slice);
  }
  return { create, update, delete: remove };
}
