import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../objects.js';
import { KINDS, kindByResource } from './kinds/index.js';
import { toTable } from './table.js';

const NOW = Date.parse('2024-05-06T12:00:00Z');
const CREATED = '2024-05-06T10:00:00Z';

function object(fields: Record<string, unknown>, metadata: Record<string, unknown> = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'X',
    ...fields,
    metadata: { name: 'x', creationTimestamp: CREATED, ...metadata },
  };
}

function row(
  resource: string,
  fields: Record<string, unknown>,
  metadata?: Record<string, unknown>,
): unknown[] {
  const cells = kindByResource(resource)?.table?.cells(object(fields, metadata), NOW);
  expect(cells).toHaveLength(kindByResource(resource)?.table?.columns.length ?? -1);
  return [...(cells ?? [])];
}

describe('tables of kinds', () => {
  it.each<[string, Record<string, unknown>, unknown[]]>([
    ['endpoints', {}, ['x', '<none>', '120m']],
    [
      'endpoints',
      {
        subsets: [
          { addresses: [{ ip: '10.0.0.1' }], ports: [{ port: 80 }, { port: 81 }] },
          { addresses: [{ ip: '::1' }], notReadyAddresses: [{ ip: '10.0.0.3' }], ports: [{ port: 82 }] },
        ],
      },
      ['x', '10.0.0.1:80,10.0.0.1:81,[::1]:82', '120m'],
    ],
    [
      'endpoints',
      {
        subsets: [
          { addresses: ['10.0.0.1', '10.0.0.2'].map((ip) => ({ ip })) },
          { addresses: ['10.0.0.3', '10.0.0.4'].map((ip) => ({ ip })), ports: [{ port: 80 }, { port: 81 }] },
        ],
      },
      ['x', '10.0.0.1,10.0.0.2,10.0.0.3:80 + 3 more...', '120m'],
    ],
    ['endpoints', { subsets: [{ notReadyAddresses: [{ ip: '10.0.0.1' }] }] }, ['x', '', '120m']],
    [
      'services',
      {
        spec: {
          type: 'NodePort',
          clusterIP: '127.1.96.1',
          clusterIPs: ['127.1.96.1'],
          ports: [
            { port: 80, nodePort: 30_080, protocol: 'TCP' },
            { port: 53, protocol: 'UDP' },
          ],
          selector: { b: '2', a: '1' },
        },
      },
      ['x', 'NodePort', '127.1.96.1', '<none>', '80:30080/TCP,53/UDP', '120m', 'a=1,b=2'],
    ],
    [
      'services',
      { spec: { type: 'ClusterIP', clusterIP: 'None', clusterIPs: ['None'], ports: [] } },
      ['x', 'ClusterIP', 'None', '<none>', '<none>', '120m', '<none>'],
    ],
    [
      'services',
      { spec: { type: 'ExternalName', externalName: 'a.b' } },
      ['x', 'ExternalName', '<none>', 'a.b', '<none>', '120m', '<none>'],
    ],
    [
      'services',
      { spec: { type: 'LoadBalancer', clusterIPs: ['127.1.96.1'] } },
      ['x', 'LoadBalancer', '127.1.96.1', '<pending>', '<none>', '120m', '<none>'],
    ],
    [
      'deployments',
      {
        spec: {
          replicas: 3,
          selector: {
            matchLabels: { app: 'x' },
            matchExpressions: [{ key: 'tier', operator: 'In', values: ['b', 'a'] }],
          },
          template: {
            spec: {
              containers: [
                { name: 'c', image: 'i:1' },
                { name: 'd', image: 'j:2' },
              ],
            },
          },
        },
        status: { readyReplicas: 2, updatedReplicas: 3, availableReplicas: 1 },
      },
      ['x', '2/3', 3, 1, '120m', 'c,d', 'i:1,j:2', 'app=x,tier in (a,b)'],
    ],
    ['replicasets', { spec: { replicas: 0, selector: {} } }, ['x', 0, 0, 0, '120m', '', '', '<none>']],
    [
      'statefulsets',
      {
        spec: { replicas: 2, template: { spec: { containers: [{ name: 'c', image: 'i:1' }] } } },
        status: { readyReplicas: 1 },
      },
      ['x', '1/2', '120m', 'c', 'i:1'],
    ],
    [
      'daemonsets',
      {
        spec: { selector: { matchLabels: { app: 'x' } }, template: { spec: { nodeSelector: { os: 'a' } } } },
        status: { desiredNumberScheduled: 2, currentNumberScheduled: 1, updatedNumberScheduled: 1 },
      },
      ['x', 2, 1, 0, 1, 0, 'os=a', '120m', '', '', 'app=x'],
    ],
    [
      'jobs',
      { spec: { completions: 3 }, status: { succeeded: 1 } },
      ['x', 'Running', '1/3', '', '120m', '', '', '<none>'],
    ],
    [
      'jobs',
      {
        spec: { parallelism: 2 },
        status: {
          startTime: '2030-01-01T00:00:00Z',
          completionTime: '2030-01-01T00:00:09Z',
          conditions: [{ type: 'Complete', status: 'True' }],
        },
      },
      ['x', 'Complete', '0/1 of 2', '9s', '120m', '', '', '<none>'],
    ],
    [
      'cronjobs',
      { spec: { schedule: '@daily', suspend: true }, status: { active: [{}] } },
      ['x', '@daily', '<none>', 'True', 1, '<none>', '120m', '', '', '<none>'],
    ],
    ['controllerrevisions', { revision: 3 }, ['x', '<none>', 3, '120m']],
    [
      'endpointslices',
      {
        addressType: 'IPv4',
        ports: [{ port: 80 }, { name: 'all' }],
        endpoints: ['1', '2', '3', '4', '5'].map((end) => ({ addresses: [`10.0.0.${end}`] })),
      },
      ['x', 'IPv4', '80,all', '10.0.0.1,10.0.0.2,10.0.0.3 + 2 more...', '120m'],
    ],
    [
      'endpointslices',
      { addressType: 'IPv4', ports: null, endpoints: null },
      ['x', 'IPv4', '<unset>', '<unset>', '120m'],
    ],
    ['namespaces', { status: { phase: 'Terminating' } }, ['x', 'Terminating', '120m']],
    ['serviceaccounts', {}, ['x', '120m']],
    ['configmaps', { data: { a: '' }, binaryData: { b: '' } }, ['x', 2, '120m']],
    ['secrets', { type: 'Opaque', data: { a: '' } }, ['x', 'Opaque', 1, '120m']],
    ['leases', { spec: { holderIdentity: 'node-a' } }, ['x', 'node-a', '120m']],
    [
      'rolebindings',
      {
        roleRef: { kind: 'Role', name: 'r' },
        subjects: [
          { kind: 'User', name: 'u' },
          { kind: 'ServiceAccount', namespace: 'n', name: 's' },
          { kind: 'ServiceAccount', namespace: 'n', name: 't' },
        ],
      },
      ['x', 'Role/r', '120m', 'u', '', 'n/s, n/t'],
    ],
    [
      'events',
      {
        type: 'Warning',
        reason: 'BackOff',
        message: ' restarting \n',
        involvedObject: { kind: 'Pod', name: 'p', fieldPath: 'spec.containers{c}' },
        source: { component: 'kubelet', host: 'n1' },
        firstTimestamp: '2024-05-06T11:00:00Z',
        lastTimestamp: '2024-05-06T11:59:30Z',
        count: 7,
      },
      [
        '30s',
        'Warning',
        'BackOff',
        'pod/p',
        'spec.containers{c}',
        'kubelet, n1',
        'restarting',
        '60m',
        7,
        'x',
      ],
    ],
    [
      'events',
      {
        reportingComponent: 'scheduler',
        eventTime: '2024-05-06T11:59:50.123456Z',
        involvedObject: { kind: 'Node' },
      },
      ['9s', '', '', 'node', '', 'scheduler', '', '9s', 1, 'x'],
    ],
  ])('%s', (resource, fields, cells) => {
    expect(row(resource, fields)).toEqual(cells);
  });

  it('shows a node with its roles, readiness and addresses', () => {
    const status = {
      conditions: [{ type: 'Ready', status: 'True' }],
      addresses: [{ type: 'InternalIP', address: '127.1.1.1' }],
      nodeInfo: { kubeletVersion: 'v1.36.0', kernelVersion: '6.1', architecture: 'amd64' },
    };
    const labels = { 'node-role.kubernetes.io/worker': '', 'kubernetes.io/role': 'edge' };
    expect(row('nodes', { status, spec: { unschedulable: true } }, { labels })).toEqual([
      'x',
      'Ready,SchedulingDisabled',
      'edge,worker',
      '120m',
      'v1.36.0',
      '127.1.1.1',
      '<none>',
      '<unknown>',
      '6.1 (amd64)',
      '<unknown>',
    ]);
    expect(row('nodes', { status: {} }).slice(1, 3)).toEqual(['Unknown', '<none>']);
    const lost = { conditions: [{ type: 'Ready', status: 'Unknown' }] };
    expect(row('nodes', { status: lost })[1]).toBe('NotReady');
  });

  it.each(KINDS.filter(({ table }) => table).map(({ resource }) => resource))(
    'of %s fills every column of an object that says nothing',
    (resource) => {
      expect(row(resource, {}).every((cell) => cell !== undefined)).toBe(true);
    },
  );
});

describe('toTable', () => {
  const configMaps = kindByResource('configmaps') ?? { table: undefined };
  const options = { nowMs: NOW, columns: true };
  const one = object({ data: { a: '1' } });

  it('is a Table with typed columns and partial objects', () => {
    const listMeta = { resourceVersion: '7' };
    expect(toTable(configMaps, [one], { ...options, listMeta })).toEqual({
      kind: 'Table',
      apiVersion: 'meta.k8s.io/v1',
      metadata: listMeta,
      columnDefinitions: [
        { name: 'Name', type: 'string', format: 'name', description: '', priority: 0 },
        { name: 'Data', type: 'string', format: '', description: '', priority: 0 },
        { name: 'Age', type: 'string', format: '', description: '', priority: 0 },
      ],
      rows: [
        {
          cells: ['x', 1, '120m'],
          object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: one.metadata },
        },
      ],
    });
  });

  it('carries what is asked for beside the cells', () => {
    expect(toTable(configMaps, [one], { ...options, includeObject: 'Object' }).rows).toMatchObject([
      { object: one },
    ]);
    expect(toTable(configMaps, [one], { ...options, includeObject: 'None' }).rows).toEqual([
      { cells: ['x', 1, '120m'] },
    ]);
    expect(toTable(configMaps, [], { ...options, columns: false }).columnDefinitions).toBeNull();
  });

  it('shows a kind without columns of its own by name and time of creation', () => {
    const table = toTable(kindByResource('roles') ?? configMaps, [one], options);
    expect(table).toMatchObject({
      columnDefinitions: [{ name: 'Name' }, { name: 'Created At', type: 'date' }],
      rows: [{ cells: ['x', CREATED] }],
    });
  });
});
