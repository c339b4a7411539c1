import type { EndpointPort, EndpointSliceObject, ServiceObject, SliceEndpoint } from '../objects.js';
import { endpointKey, sameEndpoint } from './endpoint.js';
import { labelsDiffer, newSlice, sliceLabels } from './slice.js';

/** Writes that lead from the slices there are to those that are wanted. */
export interface SliceChanges {
  readonly create: readonly EndpointSliceObject[];
  readonly update: readonly EndpointSliceObject[];
  readonly delete: readonly EndpointSliceObject[];
}

/** The endpoints that share one set of ports. */
interface PortGroup {
  readonly service: ServiceObject;
  readonly ports: readonly EndpointPort[];
  /** By identity (`endpointKey`). */
  readonly wanted: ReadonlyMap<string, SliceEndpoint>;
  readonly existing: readonly EndpointSliceObject[];
  readonly maxPerSlice: number;
}

/** Slices of one group while they are sorted out. */
interface Sorted {
  readonly unchanged: EndpointSliceObject[];
  readonly update: EndpointSliceObject[];
  readonly remove: EndpointSliceObject[];
  /** Wanted endpoints that no slice holds yet. */
  readonly left: SliceEndpoint[];
}

/**
 * Packs a group as upstream's reconcileByPortMapping: refresh in place, fill slices that change anyway, then the one
 * unchanged slice that all the rest fits best, else new slices. Nothing is ever rebalanced: fewer writes are worth more
 * than full slices.
 */
export function packGroup(group: PortGroup): SliceChanges {
  const { unchanged, update, remove, left } = refreshInPlace(group);
  const fullestFirst = [...update].sort((a, b) => sizeOf(b) - sizeOf(a));
  for (const slice of fullestFirst) fill(slice, left, group.maxPerSlice);

  const create: EndpointSliceObject[] = [];
  while (left.length > 0) {
    const fitting =
      left.length < group.maxPerSlice ? bestFit(unchanged, left.length, group.maxPerSlice) : undefined;
    if (fitting) {
      unchanged.splice(unchanged.indexOf(fitting), 1);
      const copy = { ...fitting, endpoints: [...(fitting.endpoints ?? [])] };
      fill(copy, left, group.maxPerSlice);
      update.push(copy);
    } else {
      const slice = newSlice(group.service, group.ports);
      fill(slice, left, group.maxPerSlice);
      create.push(slice);
    }
  }
  return { create, update, delete: remove };
}

/** Drops endpoints that are no longer wanted and brings those that are up to date, slice by slice. */
function refreshInPlace({ service, wanted, existing }: PortGroup): Sorted {
  const rest = new Map(wanted);
  const sorted: Sorted = { unchanged: [], update: [], remove: [], left: [] };
  for (const slice of existing) {
    const kept: SliceEndpoint[] = [];
    let changed = false;
    for (const endpoint of slice.endpoints ?? []) {
      const key = endpointKey(endpoint);
      const want = rest.get(key);
      if (!want) continue;
      kept.push(sameEndpoint(endpoint, want) ? endpoint : want);
      changed ||= !sameEndpoint(endpoint, want);
      // Once found in a slice it needs no other: a second copy elsewhere is dropped.
      rest.delete(key);
    }
    const shrunk = kept.length !== sizeOf(slice);
    if (shrunk && kept.length === 0) sorted.remove.push(slice);
    else if (shrunk || changed) sorted.update.push(relabelled({ ...slice, endpoints: kept }, service));
    else if (labelsDiffer(slice, service)) sorted.update.push(relabelled(slice, service));
    else sorted.unchanged.push(slice);
  }
  sorted.left.push(...rest.values());
  return sorted;
}

function relabelled(slice: EndpointSliceObject, service: ServiceObject): EndpointSliceObject {
  return {
    ...slice,
    endpoints: [...(slice.endpoints ?? [])],
    metadata: { ...slice.metadata, labels: sliceLabels(service) },
  };
}

function fill(slice: EndpointSliceObject, left: SliceEndpoint[], max: number): void {
  slice.endpoints = [...(slice.endpoints ?? []), ...left.splice(0, Math.max(0, max - sizeOf(slice)))];
}

/** The slice that is fullest with `count` more endpoints, of those that can take them. */
function bestFit(
  slices: readonly EndpointSliceObject[],
  count: number,
  max: number,
): EndpointSliceObject | undefined {
  let best: EndpointSliceObject | undefined;
  for (const slice of slices) {
    const room = max - sizeOf(slice) - count;
    if (room >= 0 && (!best || sizeOf(slice) > sizeOf(best))) best = slice;
  }
  return best;
}

function sizeOf(slice: EndpointSliceObject): number {
  return slice.endpoints?.length ?? 0;
}
