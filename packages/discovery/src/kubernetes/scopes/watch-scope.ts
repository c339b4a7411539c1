import { DiscoveryError } from '../../errors.js';

/**
 * How much one watch of EndpointSlices covers. `auto`: the Service, and its whole namespace once so many Services of it
 * are watched that a watch each costs more.
 */
export type WatchScope = 'auto' | 'service' | 'namespace' | 'cluster';

/** All scopes, narrowest first: of several wishes for one Service the widest holds. */
export const WATCH_SCOPES: readonly WatchScope[] = ['service', 'auto', 'namespace', 'cluster'];

/** Throws OPTION_INVALID for anything else: callers without types must hear of a typo. */
export function checkWatchScope(value: WatchScope): void {
  if (WATCH_SCOPES.includes(value)) return;
  throw new DiscoveryError(
    'OPTION_INVALID',
    `watchScope ${JSON.stringify(value)} is not one of ${WATCH_SCOPES.join(', ')}`,
  );
}

/**
 * A wider watch that says nothing for so long (ms), not even that it is refused, may hang: a watch of the Service alone
 * stands in for it. A list of a large namespace takes less, and calls wait no longer than 5 s.
 */
export const SILENCE_MS = 3_000;

/** What one watch covers. */
export type Scope =
  | { readonly kind: 'service'; readonly namespace: string; readonly service: string }
  | { readonly kind: 'namespace'; readonly namespace: string }
  | { readonly kind: 'cluster' };

/** The wider of two wishes. */
export function widest(a: WatchScope, b: WatchScope): WatchScope {
  return WATCH_SCOPES.indexOf(a) > WATCH_SCOPES.indexOf(b) ? a : b;
}

/** A scope in words, which are also its identity: `namespace shop`. */
export function describeScope(scope: Scope): string {
  if (scope.kind === 'service') return `Service ${scope.namespace}/${scope.service}`;
  return scope.kind === 'namespace' ? `namespace ${scope.namespace}` : 'cluster';
}
