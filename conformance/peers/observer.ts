import { setTimeout as pause } from 'node:timers/promises';
import type { KubeClient, KubeObject } from '@fairlead/discovery/kubernetes';
import type { Change } from './happening.js';

/** EndpointSlices, in which all that the clients could know is written. */
const SLICES = { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' };

interface Slice extends KubeObject {
  readonly endpoints?:
    | readonly {
        readonly conditions?: { readonly ready?: boolean };
        readonly targetRef?: { readonly name?: string };
      }[]
    | null;
}

/** Watches one Service's slices beside the clients, and keeps when which pods were ready. */
export interface Observer {
  /** Pods that are ready now. */
  ready(): ReadonlySet<string>;
  /** Endpoints in the slices, ready or not. */
  size(): number;
  /** All changes so far, oldest first. */
  changes(): readonly Change[];
  close(): Promise<void>;
}

/** After trouble it looks again at once, so that it knows no later than any client (ms). */
const RETRY_MS = 20;

/** Epoch time with fractions (ms), the clock of all processes of this machine. */
export const epochMs = (): number => performance.timeOrigin + performance.now();

const same = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean =>
  a.size === b.size && [...a].every((name) => b.has(name));

/** Lists and watches until it is closed, plainly: trouble starts it anew. */
export function startObserver(client: KubeClient, namespace: string, service: string): Observer {
  const stop = new AbortController();
  const slices = new Map<string, Slice>();
  const changes: Change[] = [];
  const query = { labelSelector: `kubernetes.io/service-name=${service}` };
  const note = (): void => {
    const endpoints = [...slices.values()].flatMap((slice) => slice.endpoints ?? []);
    const ready = new Set(
      endpoints
        .filter(({ conditions }) => conditions?.ready !== false)
        .flatMap(({ targetRef }) => targetRef?.name ?? []),
    );
    const last = changes.at(-1);
    if (!last || !same(last.ready, ready)) changes.push({ atMs: epochMs(), ready });
  };
  const follow = async (): Promise<void> => {
    const options = { namespace, signal: stop.signal };
    const { items, metadata } = await client.list<Slice>(SLICES, { ...options, query });
    slices.clear();
    for (const slice of items) slices.set(slice.metadata.name ?? '', slice);
    note();
    const { resourceVersion } = metadata;
    const events = await client.watch<Slice>(SLICES, { ...options, query: { ...query, resourceVersion } });
    for await (const { type, object } of events) {
      if (type === 'ERROR') return;
      if (type === 'DELETED') slices.delete(object.metadata.name ?? '');
      else if (type !== 'BOOKMARK') slices.set(object.metadata.name ?? '', object);
      note();
    }
  };
  const run = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await follow().catch(() => {});
      await pause(RETRY_MS, undefined, { signal: stop.signal }).catch(() => {});
    }
  };
  const running = run();
  return {
    ready: () => changes.at(-1)?.ready ?? new Set(),
    size: () => [...slices.values()].reduce((sum, { endpoints }) => sum + (endpoints?.length ?? 0), 0),
    changes: () => changes,
    async close() {
      stop.abort();
      await running;
    },
  };
}
