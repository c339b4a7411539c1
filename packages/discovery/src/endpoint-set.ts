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
 * Why a set has no endpoints, when the cluster itself says why (`NO_SERVICE`, `NO_SLICE`, `NO_PORT`).
 * `message` is the text that follows `TARGET: ` in a call's status.
 */
export interface Absence {
  readonly code: 'NO_SERVICE' | 'NO_SLICE' | 'NO_PORT';
  readonly message: string;
}

/**
 * The whole, immutable, sorted, duplicate-free list of one service's endpoints at one moment. Endpoints that are not
 * ready or are terminating are in it with their conditions: `usableEndpoints()` says which may be picked.
 */
export interface EndpointSet {
  /** The target as the caller wrote it. */
  readonly target: string;
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
