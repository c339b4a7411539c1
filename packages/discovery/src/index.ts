// For those who want endpoints: one call, and what it hands out.

// For libraries that build on endpoint sets: targets, sources, and the texts of a failed call.
export { describeUnavailable, isRefusal, type UnavailableContext } from './absence.js';
export { type Clock, type Random, systemClock, type Timer } from './clock.js';
export type { Address, Endpoint } from './endpoint.js';
export { formatAddress } from './endpoint.js';
export type { EndpointDiff, EndpointSet, EndpointSetState } from './endpoint-set.js';
export {
  type Absence,
  createEndpointSet,
  describeDiff,
  diffSets,
  endpointsVersion,
  usableEndpoints,
} from './endpoint-set.js';
export { DiscoveryError, type DiscoveryErrorCode } from './errors.js';
export {
  type SharedSource,
  type SharedSourceOptions,
  sharedKubernetesSource,
} from './kubernetes/shared-source.js';
export { createKubernetesSource, type KubernetesSourceOptions } from './kubernetes/source.js';
export type { LogFields, Logger } from './logger.js';
export { silentLogger } from './logger.js';
export type { EndpointObserver, EndpointSource, Watch } from './source.js';
export { type PortRef, parseTarget, type Target, type TargetDefaults, targetAuthority } from './target.js';
export {
  type DiscoveryOptions,
  type ResolveEndpointsOptions,
  resolveEndpoints,
  type WatchEndpointsOptions,
  watchEndpoints,
} from './watch-endpoints.js';
