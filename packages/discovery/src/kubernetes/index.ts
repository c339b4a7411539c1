export type { AccessOptions, ClusterAccess, Credentials } from './access/access.js';
export { loadAccess } from './access/load-access.js';
export type {
  KubeClient,
  KubeList,
  KubeObject,
  PatchKind,
  RequestOptions,
  ResourceRef,
  WatchEvent,
  WatchOptions,
} from './client/client.js';
export { createKubeClient, type KubeClientOptions } from './client/create-client.js';
export {
  KubeError,
  type KubeErrorFields,
  type RequestContext,
  resourceName,
  type StatusCause,
  type StatusDetails,
  toDiscoveryError,
} from './client/kube-error.js';
export { ANNOTATION_PREFIX } from './endpoints/service-watch.js';
export { type ObjectView, ObjectWatch, type ObjectWatchOptions } from './object-watch.js';
export { createReflector } from './reflector/create-reflector.js';
export type { Reflector, ReflectorHandler, ReflectorOptions, RestartReason } from './reflector/reflector.js';
export { VERSION } from './version.js';
