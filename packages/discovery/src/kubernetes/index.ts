export type { AccessOptions, ClusterAccess, Credentials } from './access.js';
export type {
  KubeClient,
  KubeList,
  KubeObject,
  PatchKind,
  RequestOptions,
  ResourceRef,
  WatchEvent,
  WatchOptions,
} from './client.js';
export { createKubeClient, type KubeClientOptions } from './create-client.js';
export {
  KubeError,
  type KubeErrorFields,
  type RequestContext,
  resourceName,
  type StatusCause,
  type StatusDetails,
  toDiscoveryError,
} from './kube-error.js';
export { loadAccess } from './load-access.js';
export { createReflector } from './reflector/create-reflector.js';
export type { Reflector, ReflectorHandler, ReflectorOptions, RestartReason } from './reflector.js';
export { VERSION } from './version.js';
