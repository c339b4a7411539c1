import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ClusterAccess } from '@fairlead/discovery/kubernetes';
import type { Pod } from './pod.js';

/** Where a container finds its ServiceAccount. */
export const ACCOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Whether the pod gets a token of its ServiceAccount. */
export const wantsAccount = (pod: Pod): boolean => pod.spec.automountServiceAccountToken !== false;

/** Where the pod's kubeconfig is. */
export const kubeconfigPath = (folder: string): string => join(folder, 'kubeconfig');

/** Writes a file of mode 0600 so that a reader sees the old or the new content, never a part. */
export function writeAtomic(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.new`;
  writeFileSync(temporary, content, { mode: 0o600 });
  chmodSync(temporary, 0o600);
  renameSync(temporary, path);
}

/** A kubeconfig (JSON, which is YAML) for the pod's ServiceAccount; `folder` holds `token` and `ca.crt`. */
export function podKubeconfig(
  access: Pick<ClusterAccess, 'server' | 'tlsServerName' | 'insecure'>,
  folder: string,
  pod: Pod,
): string {
  const user = pod.spec.serviceAccountName ?? 'default';
  const cluster = {
    server: access.server,
    ...(access.tlsServerName ? { 'tls-server-name': access.tlsServerName } : {}),
    ...(access.insecure
      ? { 'insecure-skip-tls-verify': true }
      : { 'certificate-authority': join(folder, 'ca.crt') }),
  };
  const context = { cluster: 'cluster', user, namespace: pod.metadata.namespace };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'cluster', cluster }],
    users: [{ name: user, user: { tokenFile: join(folder, 'token') } }],
    contexts: [{ name: 'pod', context }],
    'current-context': 'pod',
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
