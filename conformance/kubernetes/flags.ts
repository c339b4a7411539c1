import { join } from 'node:path';
import { API_PORT, CONTROL_PLANE, ETCD_CLIENT, ETCD_PEER, SERVICE_NETWORK } from './addresses.js';
import type { Credentials } from './credentials.js';

/** What the flags of the programs are made from. */
export interface FlagsInput {
  readonly binary: string;
  readonly runDir: string;
  readonly credentials: Credentials;
  readonly audit: AuditFiles;
}

/** Files of the API server's audit. */
export interface AuditFiles {
  readonly policy: string;
  readonly log: string;
}

const flags = (values: Readonly<Record<string, string | number | boolean>>): string[] =>
  Object.entries(values).map(([name, value]) => `--${name}=${value}`);

/** etcd without fsync: nothing outlives the run. */
export const etcdCommand = ({ binary, runDir }: FlagsInput): string[] => [
  binary,
  'etcd',
  ...flags({
    'data-dir': join(runDir, 'etcd'),
    'unsafe-no-fsync': true,
    'listen-client-urls': ETCD_CLIENT,
    'advertise-client-urls': ETCD_CLIENT,
    'listen-peer-urls': ETCD_PEER,
    'initial-advertise-peer-urls': ETCD_PEER,
    'initial-cluster': `default=${ETCD_PEER}`,
    'log-level': 'warn',
  }),
];

/** The API server with all of its default admission, node authorization included. */
export const apiServerCommand = ({ binary, credentials, audit }: FlagsInput): string[] => [
  binary,
  'apiserver',
  ...flags({
    'etcd-servers': ETCD_CLIENT,
    'bind-address': CONTROL_PLANE,
    'advertise-address': CONTROL_PLANE,
    'secure-port': API_PORT,
    'service-cluster-ip-range': SERVICE_NETWORK,
    'authorization-mode': 'Node,RBAC',
    'enable-admission-plugins': 'NodeRestriction',
    'audit-policy-file': audit.policy,
    'audit-log-path': audit.log,
    'token-auth-file': credentials.tokensFile,
    'client-ca-file': credentials.caFile,
    'tls-cert-file': credentials.serving.cert,
    'tls-private-key-file': credentials.serving.key,
    'kubelet-certificate-authority': credentials.caFile,
    'kubelet-client-certificate': credentials.kubelet.cert,
    'kubelet-client-key': credentials.kubelet.key,
    'kubelet-preferred-address-types': 'InternalIP',
    'service-account-issuer': 'https://kubernetes.default.svc.cluster.local',
    'service-account-key-file': credentials.serviceAccounts.publicKey,
    'service-account-signing-key-file': credentials.serviceAccounts.privateKey,
  }),
];

/** All default controllers. */
export const controllerManagerCommand = ({ binary, credentials }: FlagsInput): string[] => [
  binary,
  'controller-manager',
  ...flags({
    kubeconfig: credentials.kubeconfig,
    'service-account-private-key-file': credentials.serviceAccounts.privateKey,
    'root-ca-file': credentials.caFile,
    'leader-elect': false,
    'secure-port': 0,
  }),
];

export const schedulerCommand = ({ binary, credentials }: FlagsInput): string[] => [
  binary,
  'scheduler',
  ...flags({ kubeconfig: credentials.kubeconfig, 'leader-elect': false, 'secure-port': 0 }),
];

/** kube-proxy with nftables. The conntrack settings of the whole machine are left alone. */
export const proxyCommand = (input: {
  readonly binary: string;
  readonly kubeconfig: string;
  readonly node: string;
}): string[] => [
  input.binary,
  'proxy',
  ...flags({
    kubeconfig: input.kubeconfig,
    'hostname-override': input.node,
    'proxy-mode': 'nftables',
    'healthz-bind-address': '127.0.0.1:10256',
    'metrics-bind-address': '127.0.0.1:10249',
    'conntrack-max-per-core': 0,
    'conntrack-tcp-timeout-established': '0s',
    'conntrack-tcp-timeout-close-wait': '0s',
  }),
];
