import type { Json } from '../forms/json.js';

const NS = '/api/v1/namespaces/default';
/** Media types of patches. */
export const PATCHES = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
];
const CONTAINER = {
  name: 'c',
  image: 'fairlead/echo',
  ports: [{ name: 'grpc', containerPort: 8088 }],
  readinessProbe: { grpc: { port: 8088 } },
};
const POD = { metadata: { name: 'p', labels: { app: 'a' } }, spec: { containers: [CONTAINER] } };
const SERVICE = {
  metadata: { name: 's' },
  spec: { selector: { app: 'a' }, ports: [{ name: 'grpc', port: 8088, targetPort: 'grpc' }] },
};
const DEPLOYMENT = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'd' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'a' } },
    template: { metadata: POD.metadata, spec: POD.spec },
  },
};
const SLICE = {
  metadata: { name: 'm', labels: { 'kubernetes.io/service-name': 's' } },
  addressType: 'IPv4',
  endpoints: [
    { addresses: ['10.0.0.1'], conditions: { ready: true }, targetRef: { kind: 'Pod', name: 'p', uid: 'u' } },
  ],
  ports: [{ name: 'grpc', port: 8088, protocol: 'TCP' }],
};
const CONFIGMAP = { metadata: { name: 'c', annotations: { a: 'b' }, finalizers: ['a/b'] }, data: { k: 'v' } };
const post = (path: string, body: Json, query: Json = {}): Json => ({ method: 'POST', path, query, body });
const get = (path: string, query: Json, accept = 'application/json'): Json => ({
  method: 'GET',
  path,
  query,
  accept,
});

const patches = PATCHES.map((type, index): Json => {
  const body: Json =
    index === 0
      ? [
          { op: 'add', path: '/data/a', value: 'b' },
          { op: 'copy', from: '/data', path: '/metadata/labels' },
        ]
      : { data: { a: null, b: 'c' }, metadata: { labels: { x: 'y' } } };
  return { method: 'PATCH', path: `${NS}/configmaps/c`, type, query: { fieldValidation: 'Strict' }, body };
});
const apply = (fieldManager: string, body: Json): Json => ({
  method: 'PATCH',
  path: `${apps}/d`,
  type: 'application/apply-patch+yaml',
  query: { fieldManager, force: 'true' },
  body,
});
const apps = '/apis/apps/v1/namespaces/default/deployments';
const slices = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices';

/** Requests as they should be, a few that belong together in each. */
export const API_SEEDS: readonly Json[] = [
  [
    post(`${NS}/pods`, {
      metadata: POD.metadata,
      spec: { ...POD.spec, nodeName: 'n', terminationGracePeriodSeconds: 60 },
    }),
    { method: 'DELETE', path: `${NS}/pods/p`, query: { gracePeriodSeconds: '30' } },
    { method: 'DELETE', path: `${NS}/pods/p`, body: { gracePeriodSeconds: 5 } },
  ],
  [
    post(`${NS}/pods`, POD),
    get(`${NS}/pods/p`, {}),
    {
      method: 'DELETE',
      path: `${NS}/pods/p`,
      body: { propagationPolicy: 'Background', gracePeriodSeconds: 0 },
    },
  ],
  [
    post(`${NS}/services`, SERVICE),
    {
      method: 'PATCH',
      path: `${NS}/services/s`,
      type: PATCHES[2]!,
      body: { spec: { ports: [{ port: 8088, nodePort: 30_088 }], type: 'NodePort' } },
    },
  ],
  [
    post(apps, DEPLOYMENT),
    {
      method: 'PATCH',
      path: `${apps}/d`,
      type: PATCHES[2]!,
      body: {
        spec: {
          template: {
            spec: {
              containers: [
                { name: 'c', $patch: 'delete' },
                { name: 'x', image: 'y' },
              ],
              '$setElementOrder/containers': [{ name: 'x' }],
            },
          },
        },
      },
    },
    {
      method: 'PUT',
      path: `${apps}/d/scale`,
      body: { metadata: { name: 'd', namespace: 'default' }, spec: { replicas: 1 } },
    },
  ],
  [
    post(slices, SLICE),
    get(slices, { labelSelector: 'kubernetes.io/service-name in (s,t),!x', limit: '1' }),
    get(slices, {
      watch: 'true',
      timeoutSeconds: '1',
      sendInitialEvents: 'true',
      resourceVersionMatch: 'NotOlderThan',
      allowWatchBookmarks: 'true',
    }),
  ],
  [post(`${NS}/configmaps`, CONFIGMAP, { dryRun: 'All' }), post(`${NS}/configmaps`, CONFIGMAP), ...patches],
  [
    get(
      `${NS}/pods`,
      {
        fieldSelector: 'metadata.name=p,status.phase!=Running',
        continue: 'eyJ2ZXJzaW9uIjo1LCJhZnRlciI6ImEifQ',
      },
      'application/json;as=Table;v=v1;g=meta.k8s.io',
    ),
  ],
  [
    get('/apis', {}, 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'),
    get('/openapi/v2', {}),
    get('/openapi/v3/apis/apps/v1', { hash: 'x' }),
    get('/version', {}),
  ],
  [
    apply('a', DEPLOYMENT),
    apply('b', { ...DEPLOYMENT, spec: { replicas: 3 } }),
    apply('a', { ...DEPLOYMENT, metadata: { name: 'd', labels: { x: 'y' }, finalizers: ['a/b'] } }),
    {
      method: 'PATCH',
      path: `${apps}/d`,
      type: 'application/merge-patch+json',
      body: {
        metadata: {
          managedFields: [
            {
              manager: 'm',
              operation: 'Update',
              apiVersion: 'apps/v1',
              fieldsType: 'FieldsV1',
              fieldsV1: {
                'f:spec': { '.': {}, 'f:replicas': {} },
                'f:metadata': { 'f:finalizers': { 'v:"a/b"': {} } },
              },
            },
          ],
        },
      },
    },
    apply('c', DEPLOYMENT),
  ],
  [
    { method: 'DELETE', path: `${NS}/configmaps`, query: { labelSelector: 'x=y' } },
    get('/api/v1/pods', { resourceVersion: '0', limit: '500' }),
  ],
  [
    post('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
      spec: { resourceAttributes: { verb: 'get', resource: 'pods', namespace: 'default' } },
    }),
    post('/apis/authentication.k8s.io/v1/tokenreviews', { spec: { token: 'a.b.c' } }),
  ],
  [
    post('/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles', {
      metadata: { name: 'r' },
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
    }),
    post(`${NS}/serviceaccounts`, { metadata: { name: 'app' } }),
    post(`${NS}/serviceaccounts/app/token`, { spec: { expirationSeconds: 600, audiences: ['a'] } }),
  ],
  [
    post('/api/v1/nodes', {
      metadata: { name: 'n', labels: { 'topology.kubernetes.io/zone': 'z' } },
      spec: { podCIDR: '10.0.0.0/24' },
      status: {
        addresses: [{ type: 'InternalIP', address: '127.0.0.9' }],
        conditions: [{ type: 'Ready', status: 'True' }],
      },
    }),
    post(`${NS}/pods/p/binding`, { target: { kind: 'Node', name: 'n' } }),
    {
      method: 'PUT',
      path: `${NS}/pods/p/status`,
      body: {
        ...POD,
        status: {
          phase: 'Running',
          podIP: '127.0.0.9',
          podIPs: [{ ip: '127.0.0.9' }],
          conditions: [{ type: 'Ready', status: 'True' }],
        },
      },
    },
  ],
  [
    post('/api/v1/namespaces', { metadata: { name: 'x' } }),
    { method: 'DELETE', path: '/api/v1/namespaces/x' },
    {
      method: 'PUT',
      path: '/api/v1/namespaces/x/finalize',
      body: { metadata: { name: 'x' }, spec: { finalizers: [] } },
    },
  ],
  [
    {
      method: 'POST',
      path: `${NS}/configmaps`,
      type: 'application/yaml',
      body: 'metadata: {name: y}\ndata: {a: &a b, c: *a}\n',
    },
  ],
  [
    post(`${NS}/events`, {
      metadata: { name: 'e' },
      involvedObject: { kind: 'Pod', name: 'p', namespace: 'default' },
      reason: 'r',
      type: 'Normal',
    }),
    post('/apis/coordination.k8s.io/v1/namespaces/default/leases', {
      metadata: { name: 'l' },
      spec: { holderIdentity: 'h', leaseDurationSeconds: 15, renewTime: '2026-01-01T00:00:00.000000Z' },
    }),
  ],
];
