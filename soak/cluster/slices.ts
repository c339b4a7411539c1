import type { KubeObject } from '@fairlead/discovery/kubernetes';
import type { SeenEndpoint } from '../client/messages.js';
import { PORT } from './manifest.js';

// The oracle reads slices on its own: nothing here is the client's code.

interface SliceEndpoint {
  readonly addresses: readonly string[];
  readonly conditions?: {
    readonly ready?: boolean;
    readonly serving?: boolean;
    readonly terminating?: boolean;
  };
  readonly targetRef?: { readonly name?: string };
  readonly nodeName?: string;
}

/** An EndpointSlice, cut to what is read. */
export interface Slice extends KubeObject {
  readonly endpoints?: readonly SliceEndpoint[] | null;
}

/** The endpoints of a Service's slices, each address once, sorted by key. */
export function endpointsOf(slices: readonly Slice[]): SeenEndpoint[] {
  const found = new Map<string, SeenEndpoint>();
  for (const { addresses, conditions = {}, targetRef, nodeName = '' } of slices.flatMap(
    ({ endpoints }) => endpoints ?? [],
  )) {
    const ready = conditions.ready ?? true;
    const serving = conditions.serving ?? ready;
    const terminating = conditions.terminating ?? false;
    for (const address of addresses) {
      const key = `${address}:${PORT}`;
      found.set(key, { key, pod: targetRef?.name ?? '', node: nodeName, ready, serving, terminating });
    }
  }
  return [...found.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** Those that may get calls: ready ones, and when there is none those that still serve while they terminate. */
export function usable(endpoints: readonly SeenEndpoint[]): readonly SeenEndpoint[] {
  const ready = endpoints.filter((endpoint) => endpoint.ready && !endpoint.terminating);
  return ready.length > 0 ? ready : endpoints.filter((each) => each.serving && each.terminating);
}
