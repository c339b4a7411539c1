// Two tiers in one entry. `watchEndpoints` and `resolveEndpoints`, with what they take and hand out, are for those who
// want endpoints. Targets, sources and the texts of a failed call are for libraries that build on endpoint sets.
export { describeUnavailable, isRefusal, type UnavailableContext } from './absence.js';
export { type AnyTarget, authorityOf, parseAnyTarget, SCHEMES } from './any-target.js';
export { type Clock, type Random, systemClock, type Timer } from './clock.js';
export type { DnsOptions } from './dns/config-reader.js';
export { createDnsSource, type DnsSourceOptions } from './dns/source.js';
export { type DnsTarget, parseDnsTarget } from './dns/target.js';
export { type Address, type Endpoint, formatAddress } from './endpoint.js';
export {
  type Absence,
  createEndpointSet,
  diffSets,
  type EndpointDiff,
  type EndpointSet,
  type EndpointSetState,
  type SourceKind,
  usableEndpoints,
} from './endpoint-set.js';
export { DiscoveryError, type DiscoveryErrorCode } from './errors.js';
export { type DnsFallbackOptions, withDnsFallback } from './fallback/with-dns-fallback.js';
export type { Texts } from './file/parse-texts.js';
export { type TextsObserver, watchTexts } from './file/watch-texts.js';
export type { ServiceFields, ServiceView } from './kubernetes/endpoints/port-rule.js';
export { WATCH_SCOPES, type WatchScope } from './kubernetes/scopes/watch-scope.js';
export {
  type SharedSource,
  type SharedSourceOptions,
  sharedKubernetesSource,
} from './kubernetes/shared-source.js';
export {
  createKubernetesSource,
  type KubernetesSource,
  type KubernetesSourceOptions,
  type KubernetesWatchOptions,
} from './kubernetes/source.js';
export { type LogFields, type Logger, silentLogger } from './logger.js';
export {
  type ClusterSource,
  createLocalSources,
  type LocalSources,
  type OpenedTarget,
  openTarget,
  type TargetOpener,
} from './open-target.js';
export type { EndpointObserver, EndpointSource, Watch } from './source.js';
export { type PortRef, parseTarget, type Target, type TargetDefaults, targetAuthority } from './target.js';
export {
  type DiscoveryOptions,
  type ResolveEndpointsOptions,
  resolveEndpoints,
  type WatchEndpointsOptions,
  watchEndpoints,
} from './watch-endpoints.js';
