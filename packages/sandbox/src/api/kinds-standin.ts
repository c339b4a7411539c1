import type { KindInfo } from './kinds.js';

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

type Extra = Partial<Pick<KindInfo, 'shortNames' | 'namespaced' | 'subresources' | 'verbs' | 'group'>>;

function entry(resource: string, kind: string, extra: Extra = {}): KindInfo {
  return {
    kind,
    resource,
    singular: kind.toLowerCase(),
    shortNames: [],
    group: '',
    version: 'v1',
    namespaced: true,
    verbs: VERBS,
    subresources: [],
    ...extra,
  };
}

const RBAC = 'rbac.authorization.k8s.io';

/** Kinds by name and scope alone: no defaults, validation or tables. */
export const KINDS: readonly KindInfo[] = [
  entry('pods', 'Pod', { shortNames: ['po'], subresources: ['status', 'binding', 'log', 'eviction'] }),
  entry('services', 'Service', { shortNames: ['svc'], subresources: ['status'] }),
  entry('namespaces', 'Namespace', { shortNames: ['ns'], namespaced: false, subresources: ['status'] }),
  entry('nodes', 'Node', { shortNames: ['no'], namespaced: false, subresources: ['status'] }),
  entry('serviceaccounts', 'ServiceAccount', { shortNames: ['sa'], subresources: ['token'] }),
  entry('configmaps', 'ConfigMap', { shortNames: ['cm'] }),
  entry('secrets', 'Secret'),
  entry('events', 'Event', { shortNames: ['ev'] }),
  entry('deployments', 'Deployment', {
    group: 'apps',
    shortNames: ['deploy'],
    subresources: ['status', 'scale'],
  }),
  entry('replicasets', 'ReplicaSet', {
    group: 'apps',
    shortNames: ['rs'],
    subresources: ['status', 'scale'],
  }),
  entry('endpointslices', 'EndpointSlice', { group: 'discovery.k8s.io' }),
  entry('leases', 'Lease', { group: 'coordination.k8s.io' }),
  entry('roles', 'Role', { group: RBAC }),
  entry('rolebindings', 'RoleBinding', { group: RBAC }),
  entry('clusterroles', 'ClusterRole', { group: RBAC, namespaced: false }),
  entry('clusterrolebindings', 'ClusterRoleBinding', { group: RBAC, namespaced: false }),
];
