import type { KubeObject } from '../../objects.js';
import type { KindInfo, TableSpec } from '../kinds.js';
import { AGE, column, NAME, wide } from './columns.js';
import type { Lease, Node } from './core-types.js';
import { validateLease, validateNode } from './core-validation.js';
import { since } from './duration.js';
import { STORED_VERBS } from './verbs.js';

const ROLE_PREFIX = 'node-role.kubernetes.io/';
const ROLE_LABEL = 'kubernetes.io/role';

/** Nodes and the Leases that they renew. */
export const NODE_KINDS: readonly KindInfo[] = [
  {
    kind: 'Node',
    resource: 'nodes',
    singular: 'node',
    shortNames: ['no'],
    group: '',
    version: 'v1',
    namespaced: false,
    verbs: STORED_VERBS,
    subresources: ['status'],
    setDefaults: defaultNode,
    validate: validateNode,
    table: nodeTable(),
  },
  {
    kind: 'Lease',
    resource: 'leases',
    singular: 'lease',
    shortNames: [],
    group: 'coordination.k8s.io',
    version: 'v1',
    namespaced: true,
    verbs: STORED_VERBS,
    subresources: [],
    validate: validateLease,
    table: leaseTable(),
  },
];

function defaultNode(object: KubeObject): void {
  const node: Node = object;
  node.spec ??= {};
  node.status ??= {};
  if (node.status.capacity) node.status.allocatable ??= { ...node.status.capacity };
}

function nodeTable(): TableSpec {
  return {
    columns: [
      NAME,
      column('Status'),
      column('Roles'),
      AGE,
      column('Version'),
      wide('Internal-IP'),
      wide('External-IP'),
      wide('OS-Image'),
      wide('Kernel-Version'),
      wide('Container-Runtime'),
    ],
    cells(object, nowMs) {
      const node: Node = object;
      const info = node.status?.nodeInfo ?? {};
      return [
        node.metadata.name,
        status(node),
        roles(node) || '<none>',
        since(node.metadata.creationTimestamp, nowMs),
        info.kubeletVersion ?? '',
        address(node, 'InternalIP'),
        address(node, 'ExternalIP'),
        info.osImage || '<unknown>',
        `${info.kernelVersion || '<unknown>'}${info.architecture ? ` (${info.architecture})` : ''}`,
        info.containerRuntimeVersion || '<unknown>',
      ];
    },
  };
}

function status(node: Node): string {
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready');
  const word = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  return node.spec?.unschedulable ? `${word},SchedulingDisabled` : word;
}

function roles(node: Node): string {
  const found = new Set<string>();
  for (const [key, value] of Object.entries(node.metadata.labels ?? {})) {
    if (key.startsWith(ROLE_PREFIX)) found.add(key.slice(ROLE_PREFIX.length));
    else if (key === ROLE_LABEL) found.add(value);
  }
  return [...found].filter(Boolean).sort().join(',');
}

function address(node: Node, wanted: string): string {
  return node.status?.addresses?.find(({ type }) => type === wanted)?.address ?? '<none>';
}

function leaseTable(): TableSpec {
  return {
    columns: [NAME, column('Holder'), AGE],
    cells(object, nowMs) {
      const lease: Lease = object;
      return [
        lease.metadata.name,
        lease.spec?.holderIdentity ?? '',
        since(lease.metadata.creationTimestamp, nowMs),
      ];
    },
  };
}
