import type { EndpointView, SliceView } from '../cluster-view/cluster-view.js';
import type { NodePlace } from './place.js';

/** Where a connection to a virtual IP goes. */
export interface Backend {
  readonly host: string;
  readonly port: number;
}

/** An endpoint behind one port of a Service. */
export interface Candidate extends Backend {
  readonly endpoint: EndpointView;
}

/** The endpoints of the slices behind the Service port of that name; one that two slices name counts once. */
export function candidates(slices: Iterable<SliceView>, portName: string): readonly Candidate[] {
  const found = new Map<string, Candidate>();
  for (const slice of slices) {
    const port = slice.ports.find(({ name, protocol }) => name === portName && protocol === 'tcp')?.port;
    if (port === undefined) continue;
    for (const endpoint of slice.endpoints) {
      const [host] = endpoint.addresses;
      if (host === undefined) continue;
      const key = `${host} ${port}`;
      if (endpoint.ready || !found.get(key)?.endpoint.ready) found.set(key, { host, port, endpoint });
    }
  }
  return [...found.values()];
}

/** Ready ones; when there is none, those that still serve although they terminate (KEP-1669). */
function usable(all: readonly Candidate[]): readonly Candidate[] {
  const ready = all.filter(({ endpoint }) => endpoint.ready);
  if (ready.length > 0) return ready;
  return all.filter(({ endpoint }) => endpoint.serving && endpoint.terminating);
}

/**
 * Hints hold only if every ready endpoint has one and one of them names the place: node hints before zone hints, and
 * never a part of them (KEP-2433, KEP-3015).
 */
function byHints(ready: readonly Candidate[], from: NodePlace | undefined): readonly Candidate[] {
  if (from === undefined || !ready[0]?.endpoint.ready) return ready;
  const narrowed = (
    hints: (endpoint: EndpointView) => readonly string[],
    place: string | undefined,
  ): readonly Candidate[] | undefined => {
    if (place === undefined || ready.some(({ endpoint }) => hints(endpoint).length === 0)) return undefined;
    const near = ready.filter(({ endpoint }) => hints(endpoint).includes(place));
    return near.length > 0 ? near : undefined;
  };
  return (
    narrowed(({ forNodes }) => forNodes, from.name) ??
    narrowed(({ forZones }) => forZones, from.zone) ??
    ready
  );
}

/** What a connection from a node may be given under the traffic policy `Cluster`. */
export function clusterBackends(all: readonly Candidate[], from: NodePlace | undefined): readonly Backend[] {
  return byHints(usable(all), from);
}

/** What it may be given under the policy `Local`: endpoints of that node, or nothing. */
export function localBackends(all: readonly Candidate[], from: NodePlace | undefined): readonly Backend[] {
  return from === undefined ? [] : usable(all.filter(({ endpoint }) => endpoint.node === from.name));
}
