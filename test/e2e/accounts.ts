import { readFile, writeFile } from 'node:fs/promises';
import type { ResourceRef } from '@fairlead/discovery/kubernetes';
import { type Bench, NAMESPACE } from './harness.js';

const ACCOUNTS: ResourceRef = { group: '', version: 'v1', resource: 'serviceaccounts' };

/** A token of a ServiceAccount of the test namespace, for the API server by default; with a pod it ends when that does. */
export async function requestToken(
  { api }: Bench,
  account: string,
  { pod, audiences = [] }: { readonly pod?: string; readonly audiences?: readonly string[] } = {},
): Promise<string> {
  const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name: pod };
  const request = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    metadata: {},
    spec: { audiences, ...(pod ? { boundObjectRef } : {}) },
  };
  const options = { namespace: NAMESPACE, name: account, subresource: 'token' };
  return ((await api.create(ACCOUNTS, request, options)).status as { token: string }).token;
}

/** Writes the kubeconfig of the cluster with another user: a token, or a file that holds one. */
export async function writeUserKubeconfig(
  bench: Bench,
  file: string,
  user: { readonly token: string } | { readonly tokenFile: string },
): Promise<string> {
  const admin = await readFile(bench.cluster.kubeconfig, 'utf8');
  const [[field, value] = []] = Object.entries(user);
  await writeFile(file, admin.replace(/^( +)token: .*$/m, `$1${field}: ${value}`), { mode: 0o600 });
  return file;
}

/** A ServiceAccount of the test namespace, as YAML. */
export const account = (name: string): string => `
apiVersion: v1
kind: ServiceAccount
metadata: {name: ${name}, namespace: ${NAMESPACE}}
`;

/** What docs/rbac.md asks for, and no more: a Role and its binding to that ServiceAccount. */
export const mayWatch = (name: string): string => `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: ${name}, namespace: ${NAMESPACE}}
rules:
  - {apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [get, list, watch]}
  - {apiGroups: [''], resources: [services], verbs: [get, watch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: ${name}, namespace: ${NAMESPACE}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: ${name}}
subjects: [{kind: ServiceAccount, name: ${name}, namespace: ${NAMESPACE}}]
`;
