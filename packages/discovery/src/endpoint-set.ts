import { createHash } from 'node:crypto';
import type { Endpoint } from './endpoint.js';
import type { DiscoveryError } from './errors.js';

/**
 * What is known about the truth of a set.
 * `live`: the source is connected. `stale`: it was, `cause` says what broke; the endpoints are the last good ones.
 * `unknown`: nothing was heard yet (API server away at start, 401, 403).
 */
export type EndpointSetState =
  | { readonly kind: 'live' }
  | { readonly kind: 'stale'; readonly sinceMs: number; readonly cause: DiscoveryError }
  | { readonly kind: 'unknown'; readonly sinceMs: number; readonly cause: DiscoveryError };

/**
 * Why a set has no endpoints, when its source itself says why: the cluster (`NO_SERVICE`, `NO_SLICE`, `NO_PORT`,
 * `NO_HOSTNAME`), DNS (`NO_NAME`: NXDOMAIN, `NO_ADDRESS`: no records) or a file that lists none (`NO_ADDRESS`).
 * `message` is the text that follows `TARGET: ` in a call's status.
 */
export interface Absence {
  readonly code: 'NO_SERVICE' | 'NO_SLICE' | 'NO_PORT' | 'NO_HOSTNAME' | 'NO_NAME' | 'NO_ADDRESS';
  readonly message: string;
}

/** Where endpoints come from. */
export type SourceKind = 'kubernetes' | 'dns' | 'static' | 'file';

/**
 * The whole, immutable, sorted, duplicate-free list of one service's endpoints at one moment. Endpoints that are not
 * ready or are terminating are in it with their conditions: `usableEndpoints()` says which may be picked.
 */
export interface EndpointSet {
  /** The target as the caller wrote it. */
  readonly target: string;
  /** Who says so. With a fallback it may change during a watch; absent when the source does not tell. */
  readonly source?: SourceKind;
  /** Sorted by `key`. */
  readonly endpoints: readonly Endpoint[];
  /** SHA-256 (hex) over the sorted endpoints without `slice`; equal in every process that sees the same endpoints. */
  readonly version: string;
  readonly state: EndpointSetState;
  /** What led to this set, for logs: `first list`, `2 added`, `1 removed, 1 changed`, … */
  readonly reason: string;
  /** When the endpoints last changed (epoch ms). */
  readonly changedAtMs: number;
  /**
   * Read time minus the slice's `endpoints.kubernetes.io/last-change-trigger-time` (ms, may be negative: clocks
   * differ); absent when the slice has none or the change did not come from a watch event after the first sync.
   */
  readonly ageMs?: number;
  /** Present only when `endpoints` is empty and the cluster says why. */
  readonly absence?: Absence;
  /** Epoch ms since which no endpoint is usable; absent while at least one is. */
  readonly unusableSinceMs?: number;
}

/** What differs between two sets of one target. `changed` holds the new form of endpoints with the same key. */
export interface EndpointDiff {
  readonly added: readonly Endpoint[];
  readonly removed: readonly Endpoint[];
  readonly changed: readonly Endpoint[];
}

/**
 * The endpoints that may get a call, by kube-proxy's rule: those that are ready and not terminating; when there is
 * none, those that terminate but still serve. On a Service with `publishNotReadyAddresses` a pod that fails its
 * readiness probe counts as ready, because that is what the Service asks for; a terminating one still does not.
 */
export function usableEndpoints(set: Pick<EndpointSet, 'endpoints'>): readonly Endpoint[] {
  const ready = set.endpoints.filter((endpoint) => endpoint.ready && !endpoint.terminating);
  if (ready.length > 0) return ready;
  return set.endpoints.filter((endpoint) => endpoint.serving && endpoint.terminating);
}

/** True when `usableEndpoints()` would return at least one; stops at the first. */
export function hasUsableEndpoint(endpoints: readonly Endpoint[]): boolean {
  return endpoints.some((endpoint) => (endpoint.terminating ? endpoint.serving : endpoint.ready));
}

/**
 * What led from `before` (null: nothing) to `after`. One pass over the two sorted lists; an endpoint that is the same
 * object in both costs one comparison.
 */
export function diffSets(
  before: Pick<EndpointSet, 'endpoints'> | null,
  after: Pick<EndpointSet, 'endpoints'>,
): EndpointDiff {
  const old = before?.endpoints ?? [];
  const now = after.endpoints;
  if (old === now) return { added: [], removed: [], changed: [] };
  if (old.length === 0) return { added: now, removed: [], changed: [] };
  const added: Endpoint[] = [];
  const removed: Endpoint[] = [];
  const changed: Endpoint[] = [];
  let i = 0;
  let j = 0;
  while (i < old.length || j < now.length) {
    const a = old[i];
    const b = now[j];
    if (a === b) {
      i++;
      j++;
    } else if (b === undefined || (a !== undefined && a.key < b.key)) {
      removed.push(a as Endpoint);
      i++;
    } else if (a === undefined || b.key < a.key) {
      added.push(b);
      j++;
    } else {
      changed.push(b);
      i++;
      j++;
    }
  }
  return { added, removed, changed };
}

/** `2 added, 1 changed`; `nothing` when the two sets hold the same endpoints. */
export function describeDiff(diff: EndpointDiff): string {
  const parts = (['added', 'removed', 'changed'] as const)
    .filter((kind) => diff[kind].length > 0)
    .map((kind) => `${diff[kind].length} ${kind}`);
  return parts.length > 0 ? parts.join(', ') : 'nothing';
}

const digests = new WeakMap<Endpoint, string>();

function digest(endpoint: Endpoint): string {
  let found = digests.get(endpoint);
  if (found === undefined) {
    const e = endpoint;
    const addresses = e.addresses.map((address) => [address.host, address.port]);
    const conditions = [e.ready, e.serving, e.terminating];
    const place = [e.uid, e.pod, e.hostname, e.node, e.zone, e.forZones, e.forNodes, e.weight];
    const canonical = JSON.stringify([addresses, conditions, place.map((value) => value ?? null)]);
    found = createHash('sha256').update(canonical).digest('hex');
    digests.set(endpoint, found);
  }
  return found;
}

/** SHA-256 (hex) over the digests of sorted endpoints; `slice` is no part of it. */
export function endpointsVersion(endpoints: readonly Endpoint[]): string {
  return createHash('sha256').update(endpoints.map(digest).join('\n')).digest('hex');
}

/** Versions by list, so that a set that only changed its state does not hash again. */
const versions = new WeakMap<readonly Endpoint[], string>();

/**
 * Makes a set of endpoints that are sorted by key. `version` is computed when it is first read: hashing a thousand
 * endpoints costs more than everything else that a change needs, and few sinks ask for it.
 */
export function createEndpointSet(fields: Omit<EndpointSet, 'version'>): EndpointSet {
  return {
    ...fields,
    get version() {
      let version = versions.get(fields.endpoints);
      if (version === undefined) {
        version = endpointsVersion(fields.endpoints);
        versions.set(fields.endpoints, version);
      }
      return version;
    },
  };
}
