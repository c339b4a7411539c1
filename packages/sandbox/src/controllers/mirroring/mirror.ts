import { isIPv4 } from 'node:net';
import { canonicalIpv6 } from '../../api/kinds/endpoint-address.js';
import { packSubsets } from '../endpoints/packing.js';
import { endpointKey, portMapKey, sameEndpoint } from '../endpointslice/endpoint.js';
import type { SliceChanges } from '../endpointslice/packing.js';
import type {
  EndpointAddress,
  EndpointPort,
  EndpointSliceObject,
  EndpointsObject,
  SliceEndpoint,
} from '../objects.js';
import { isOutdated, mirroredSlice } from './slice.js';

/** So many addresses of one subset are mirrored, as upstream: one subset, one slice for each family. */
export const MAX_PER_SUBSET = 1000;

type Family = 'IPv4' | 'IPv6';

/** The endpoints that share family and ports. */
interface Group {
  readonly family: Family;
  readonly ports: EndpointPort[];
  /** By identity (`endpointKey`). */
  readonly endpoints: Map<string, SliceEndpoint>;
}

/** Writes that lead to the slices that say the same as an Endpoints object. */
export interface MirrorPlan extends SliceChanges {
  /** Addresses beyond the limit. */
  readonly skipped: number;
}

/** Decides, without any I/O, how the mirrored slices of an Endpoints object change. */
export function mirror(endpoints: EndpointsObject, existing: readonly EndpointSliceObject[]): MirrorPlan {
  const { groups, skipped } = groupsOf(endpoints);
  const byKey = new Map<string, EndpointSliceObject[]>();
  for (const slice of existing) {
    const key = groupKey(slice.addressType, slice.ports ?? []);
    byKey.set(key, [...(byKey.get(key) ?? []), slice]);
  }
  const create: EndpointSliceObject[] = [];
  const update: EndpointSliceObject[] = [];
  const remove: EndpointSliceObject[] = [];
  for (const [key, { family, ports, endpoints: wanted }] of groups) {
    const [first, ...others] = byKey.get(key) ?? [];
    byKey.delete(key);
    remove.push(...others);
    if (first && sameEndpoints(first, wanted) && !isOutdated(first, endpoints)) continue;
    const slice = { ...mirroredSlice(endpoints, family), ports, endpoints: [...wanted.values()] };
    if (first) update.push(renamed(slice, first));
    else create.push(slice);
  }
  for (const slices of byKey.values()) remove.push(...slices);
  return { ...recycle({ create, update, delete: remove }), skipped };
}

function groupKey(family: string, ports: readonly EndpointPort[]): string {
  return `${family} ${portMapKey(ports)}`;
}

function groupsOf({ subsets = [] }: EndpointsObject) {
  const groups = new Map<string, Group>();
  let skipped = 0;
  for (const { addresses = [], notReadyAddresses = [], ports = [] } of packSubsets(subsets)) {
    const slicePorts = ports.map(({ name = '', port, protocol, appProtocol }): EndpointPort => {
      return { name, protocol, port, ...(appProtocol === undefined ? {} : { appProtocol }) };
    });
    const all = [
      ...addresses.map((address) => toEndpoint(address, true)),
      ...notReadyAddresses.map((address) => toEndpoint(address, false)),
    ];
    skipped += Math.max(0, all.length - MAX_PER_SUBSET);
    for (const endpoint of all.slice(0, MAX_PER_SUBSET)) {
      const family = isIPv4(endpoint.addresses[0] ?? '') ? 'IPv4' : 'IPv6';
      const key = groupKey(family, slicePorts);
      const group = groups.get(key) ?? { family, ports: slicePorts, endpoints: new Map() };
      groups.set(key, group);
      group.endpoints.set(endpointKey(endpoint), endpoint);
    }
  }
  return { groups, skipped };
}

/** Whether an address serves or terminates an Endpoints object does not say. */
function toEndpoint({ ip, hostname, nodeName, targetRef }: EndpointAddress, ready: boolean): SliceEndpoint {
  return {
    addresses: [canonicalIpv6(ip) ?? ip],
    conditions: { ready },
    ...(hostname ? { hostname } : {}),
    ...(targetRef ? { targetRef } : {}),
    ...(nodeName ? { nodeName } : {}),
  };
}

function sameEndpoints(slice: EndpointSliceObject, wanted: ReadonlyMap<string, SliceEndpoint>): boolean {
  const endpoints = slice.endpoints ?? [];
  if (endpoints.length !== wanted.size) return false;
  return endpoints.every((endpoint) => {
    const want = wanted.get(endpointKey(endpoint));
    return want !== undefined && sameEndpoint(endpoint, want);
  });
}

function renamed(
  slice: EndpointSliceObject,
  { metadata: { name } }: EndpointSliceObject,
): EndpointSliceObject {
  const { generateName: _, ...metadata } = slice.metadata;
  return { ...slice, metadata: { ...metadata, name } };
}

/** A slice that would be deleted takes the content of one of its family that would be created. */
function recycle(changes: SliceChanges): SliceChanges {
  const create = [...changes.create];
  const update = [...changes.update];
  const remove: EndpointSliceObject[] = [];
  for (const slice of changes.delete) {
    const at = create.findIndex(({ addressType }) => addressType === slice.addressType);
    const [next] = at < 0 ? [] : create.splice(at, 1);
    if (next) update.push(renamed(next, slice));
    else remove.push(slice);
  }
  return { create, update, delete: remove };
}
