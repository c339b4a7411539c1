import type { KubeObject } from '../../objects.js';
import type { PolicyRule } from './rbac-types.js';

const LABELS = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };
/** Upstream brings roles with it back to what they were at each start. */
const ANNOTATIONS = { 'rbac.authorization.kubernetes.io/autoupdate': 'true' };
const API_VERSION = 'rbac.authorization.k8s.io/v1';
const READ = ['get', 'list', 'watch'];
const WRITE = ['create', 'delete', 'deletecollection', 'patch', 'update'];

function role(
  name: string,
  rules: readonly PolicyRule[],
  labels: Readonly<Record<string, string>> = {},
): KubeObject {
  const metadata = { name, labels: { ...LABELS, ...labels }, annotations: ANNOTATIONS };
  return { apiVersion: API_VERSION, kind: 'ClusterRole', metadata, rules };
}

function binding(roleName: string, group: string): KubeObject {
  return {
    apiVersion: API_VERSION,
    kind: 'ClusterRoleBinding',
    metadata: { name: roleName, labels: LABELS, annotations: ANNOTATIONS },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: roleName },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: group }],
  };
}

/** Controllers that run as programs of their own have an account in kube-system; those of this process need none. */
function controllerBinding(name: string): KubeObject {
  const roleName = `system:controller:${name}`;
  return {
    ...binding(roleName, ''),
    subjects: [{ kind: 'ServiceAccount', name, namespace: 'kube-system' }],
  };
}

const VIEWED: readonly PolicyRule[] = [
  {
    apiGroups: [''],
    resources: [
      'configmaps',
      'endpoints',
      'events',
      'namespaces',
      'pods',
      'pods/log',
      'pods/status',
      'serviceaccounts',
      'services',
      'services/status',
    ],
    verbs: READ,
  },
  {
    apiGroups: ['apps'],
    resources: [
      'controllerrevisions',
      'daemonsets',
      'daemonsets/status',
      'deployments',
      'deployments/scale',
      'deployments/status',
      'replicasets',
      'replicasets/scale',
      'replicasets/status',
      'statefulsets',
      'statefulsets/scale',
      'statefulsets/status',
    ],
    verbs: READ,
  },
  {
    apiGroups: ['batch'],
    resources: ['cronjobs', 'cronjobs/status', 'jobs', 'jobs/status'],
    verbs: READ,
  },
  { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: READ },
  {
    apiGroups: ['policy'],
    resources: ['poddisruptionbudgets', 'poddisruptionbudgets/status'],
    verbs: READ,
  },
  {
    apiGroups: ['autoscaling'],
    resources: ['horizontalpodautoscalers', 'horizontalpodautoscalers/status'],
    verbs: READ,
  },
  { apiGroups: ['metrics.k8s.io'], resources: ['nodes', 'pods'], verbs: READ },
];

const EDITED: readonly PolicyRule[] = [
  {
    apiGroups: [''],
    resources: ['configmaps', 'pods', 'pods/eviction', 'secrets', 'serviceaccounts', 'services'],
    verbs: [...READ, ...WRITE],
  },
  {
    apiGroups: [''],
    resources: ['pods/attach', 'pods/exec', 'pods/portforward', 'pods/proxy', 'services/proxy'],
    verbs: [...READ, ...WRITE],
  },
  { apiGroups: [''], resources: ['serviceaccounts/token'], verbs: ['create'] },
  {
    apiGroups: ['apps'],
    resources: [
      'daemonsets',
      'deployments',
      'deployments/scale',
      'replicasets',
      'replicasets/scale',
      'statefulsets',
      'statefulsets/scale',
    ],
    verbs: [...READ, ...WRITE],
  },
  { apiGroups: ['batch'], resources: ['cronjobs', 'jobs'], verbs: [...READ, ...WRITE] },
  { apiGroups: ['policy'], resources: ['poddisruptionbudgets'], verbs: [...READ, ...WRITE] },
  { apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'], verbs: [...READ, ...WRITE] },
];

const ADMINISTERED: PolicyRule = {
  apiGroups: ['rbac.authorization.k8s.io'],
  resources: ['roles', 'rolebindings'],
  verbs: [...READ, ...WRITE],
};

/** What a node agent does: its own Node and Lease, pods with their status, Events, and tokens for its pods. */
const NODE: readonly PolicyRule[] = [
  { apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] },
  { apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'] },
  { apiGroups: [''], resources: ['services', 'configmaps', 'secrets', 'serviceaccounts'], verbs: READ },
  { apiGroups: [''], resources: ['endpoints'], verbs: ['get'] },
  { apiGroups: [''], resources: ['nodes'], verbs: [...READ, 'create', 'update', 'patch'] },
  { apiGroups: [''], resources: ['nodes/status', 'pods/status'], verbs: ['get', 'patch', 'update'] },
  { apiGroups: [''], resources: ['pods'], verbs: [...READ, 'create', 'delete'] },
  { apiGroups: [''], resources: ['pods/eviction'], verbs: ['create'] },
  { apiGroups: ['', 'events.k8s.io'], resources: ['events'], verbs: ['create', 'patch', 'update'] },
  { apiGroups: [''], resources: ['serviceaccounts/token'], verbs: ['create'] },
  {
    apiGroups: ['coordination.k8s.io'],
    resources: ['leases'],
    verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  },
];

/** What a controller does to the objects that it looks after. */
const CONTROLLED = ['create', 'delete', 'get', 'list', 'update', 'watch'];
const EVENTS: PolicyRule = {
  apiGroups: ['', 'events.k8s.io'],
  resources: ['events'],
  verbs: ['create', 'patch', 'update'],
};

const DISCOVERY_PATHS = ['/api', '/api/*', '/apis', '/apis/*', '/openapi', '/openapi/*'];
const PUBLIC_PATHS = ['/healthz', '/livez', '/readyz', '/version', '/version/'];

/** ClusterRoles of a new cluster: those of upstream that make sense here, without aggregation. */
export const CLUSTER_ROLES: readonly KubeObject[] = [
  role('cluster-admin', [
    { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
    { nonResourceURLs: ['*'], verbs: ['*'] },
  ]),
  role('admin', [...VIEWED, ...EDITED, ADMINISTERED]),
  role('edit', [...VIEWED, ...EDITED], { 'rbac.authorization.k8s.io/aggregate-to-admin': 'true' }),
  role('view', VIEWED, { 'rbac.authorization.k8s.io/aggregate-to-edit': 'true' }),
  role('system:basic-user', [
    {
      apiGroups: ['authorization.k8s.io'],
      resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
      verbs: ['create'],
    },
    { apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'], verbs: ['create'] },
  ]),
  role('system:discovery', [{ nonResourceURLs: [...DISCOVERY_PATHS, ...PUBLIC_PATHS], verbs: ['get'] }]),
  role('system:public-info-viewer', [{ nonResourceURLs: PUBLIC_PATHS, verbs: ['get'] }]),
  role('system:node', NODE),
  role('system:controller:endpoint-controller', [
    { apiGroups: [''], resources: ['pods', 'services'], verbs: READ },
    { apiGroups: [''], resources: ['endpoints'], verbs: CONTROLLED },
    { apiGroups: [''], resources: ['endpoints/restricted'], verbs: ['create'] },
    EVENTS,
  ]),
  role('system:controller:endpointslice-controller', [
    { apiGroups: [''], resources: ['nodes', 'pods', 'services'], verbs: READ },
    { apiGroups: [''], resources: ['services/finalizers'], verbs: ['update'] },
    { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: CONTROLLED },
    EVENTS,
  ]),
  role('system:controller:endpointslicemirroring-controller', [
    { apiGroups: [''], resources: ['endpoints', 'services'], verbs: READ },
    { apiGroups: [''], resources: ['services/finalizers'], verbs: ['update'] },
    { apiGroups: [''], resources: ['endpoints/finalizers'], verbs: ['update'] },
    { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: CONTROLLED },
    EVENTS,
  ]),
];

/** Who has these roles from the start. */
export const CLUSTER_ROLE_BINDINGS: readonly KubeObject[] = [
  binding('cluster-admin', 'system:masters'),
  binding('system:basic-user', 'system:authenticated'),
  binding('system:discovery', 'system:authenticated'),
  binding('system:public-info-viewer', 'system:authenticated'),
  binding('system:node', 'system:nodes'),
  ...['endpoint-controller', 'endpointslice-controller', 'endpointslicemirroring-controller'].map(
    controllerBinding,
  ),
];
