export type { AccountToken, AccountTokenRequest } from './auth/account-tokens.js';
export { bootstrapCluster } from './auth/bootstrap.js';
export type { UserInfo } from './auth/rbac-types.js';
export { type Clock, systemClock } from './clock.js';
export { type ClusterStore, type ClusterStoreOptions, createClusterStore } from './cluster-store.js';
export { type KubeconfigOptions, kubeconfigText, writeKubeconfig } from './pki/kubeconfig.js';
export {
  type CertificateAuthority,
  type CertificateRequest,
  createCertificateAuthority,
  type KeyPair,
} from './pki/x509.js';
export { type ApiServer, type ApiServerOptions, createApiServer } from './server.js';
