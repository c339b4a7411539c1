import type { KubeObject } from '../../objects.js';
import type { ClusterApi } from '../store.js';
import { CLUSTER_ROLE_BINDINGS, CLUSTER_ROLES } from './bootstrap-roles.js';

/** Namespaces that every cluster has. */
const NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'] as const;

/** Creates what every cluster starts with and this one lacks: namespaces, ClusterRoles and their bindings. */
export function bootstrapCluster(cluster: ClusterApi): void {
  for (const name of NAMESPACES) {
    ensure(cluster, 'namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
  for (const role of CLUSTER_ROLES) ensure(cluster, 'clusterroles', role);
  for (const binding of CLUSTER_ROLE_BINDINGS) ensure(cluster, 'clusterrolebindings', binding);
}

function ensure(cluster: ClusterApi, resource: string, object: KubeObject): void {
  if (!cluster.get(resource, undefined, object.metadata.name)) cluster.create(resource, object);
}
