export { bootstrapCluster } from './auth/bootstrap.js';
export { systemClock } from './clock.js';
export { type ClusterStore, createClusterStore } from './cluster-store.js';
export { type KubeconfigOptions, writeKubeconfig } from './pki/kubeconfig.js';
export { type CertificateAuthority, createCertificateAuthority, type KeyPair } from './pki/x509.js';
export { type ApiServer, type ApiServerOptions, createApiServer } from './server.js';
