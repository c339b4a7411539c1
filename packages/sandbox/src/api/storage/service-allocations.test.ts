import { beforeEach, expect, it } from 'vitest';
import type { KubeObject } from '../../objects.js';
import { bootstrapCluster } from '../auth/bootstrap.js';
import { type ClusterStore, createClusterStore } from '../cluster-store.js';
import type { Service, ServicePort, ServiceSpec } from '../kinds/service-types.js';

let store: ClusterStore;

beforeEach(() => {
  store = createClusterStore({ serviceCidr: '127.7.96.0/20' });
  bootstrapCluster(store);
});

const service = (name: string, spec: ServiceSpec): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  spec: { ports: [{ port: 80 }], ...spec },
});
const create = (name: string, spec: ServiceSpec, dryRun = false): ServiceSpec =>
  (store.create('services', service(name, spec), { dryRun }) as Service).spec as ServiceSpec;
const patch = (name: string, change: (spec: ServiceSpec) => void): ServiceSpec =>
  (
    store.modify('services', 'default', name, (copy) =>
      change((copy as Service).spec as ServiceSpec),
    ) as Service
  ).spec as ServiceSpec;
const nodePorts = ({ ports = [] }: ServiceSpec): unknown[] => ports.map(({ nodePort }) => nodePort);
const dns: ServicePort[] = [
  { name: 'udp', port: 53, protocol: 'UDP' },
  { name: 'tcp', port: 53, protocol: 'TCP' },
  { name: 'other', port: 54 },
];

it('gives each port of a NodePort Service its own, and protocols of one port the same', () => {
  expect(nodePorts(create('a', { type: 'NodePort', ports: dns }))).toEqual([30086, 30086, 30087]);
  expect(nodePorts(create('b', { type: 'LoadBalancer' }))).toEqual([30088]);
  expect(nodePorts(create('c', { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false }))).toEqual([
    undefined,
  ]);
  expect(nodePorts(create('d', {}))).toEqual([undefined]);
});

it('takes a port that is asked for, once and within the range', () => {
  expect(nodePorts(create('a', { type: 'NodePort', ports: [{ port: 80, nodePort: 30_000 }] }))).toEqual([
    30_000,
  ]);
  expect(() => create('b', { type: 'NodePort', ports: [{ port: 80, nodePort: 30_000 }] })).toThrow(
    'Service "b" is invalid: spec.ports[0].nodePort: Invalid value: 30000: provided port is already allocated',
  );
  expect(() => create('b', { type: 'NodePort', ports: [{ port: 80, nodePort: 80 }] })).toThrow(
    'provided port is not in the valid range. The range of valid ports is 30000-32767',
  );
  // The refused ones left neither an address nor a port behind.
  expect(create('b', { type: 'NodePort', clusterIP: '127.7.96.11' }).clusterIP).toBe('127.7.96.11');
  store.delete('services', 'default', 'a');
  expect(nodePorts(create('c', { type: 'NodePort', ports: [{ port: 80, nodePort: 30_000 }] }))).toEqual([
    30_000,
  ]);
});

it('a dry run takes nothing', () => {
  expect(nodePorts(create('a', { type: 'NodePort', ports: [{ port: 80, nodePort: 30_001 }] }, true))).toEqual(
    [30_001],
  );
  expect(nodePorts(create('a', { type: 'NodePort', ports: [{ port: 80, nodePort: 30_001 }] }))).toEqual([
    30_001,
  ]);
});

it('an update that leaves out node ports keeps them, and gives a new port one', () => {
  create('a', { type: 'NodePort' });
  store.update(
    'services',
    service('a', {
      type: 'NodePort',
      ports: [
        { name: 'x', port: 80 },
        { name: 'y', port: 81 },
      ],
    }),
  );
  expect(nodePorts((store.get('services', 'default', 'a') as Service).spec ?? {})).toEqual([30086, 30087]);
  patch('a', (spec) => spec.ports?.pop());
  expect(nodePorts(create('b', { type: 'NodePort', ports: [{ port: 80, nodePort: 30_087 }] }))).toEqual([
    30_087,
  ]);
});

it('a change of type alone drops what only the old type had', () => {
  create('a', { type: 'LoadBalancer', externalTrafficPolicy: 'Local' });
  const before = (store.get('services', 'default', 'a') as Service).spec;
  expect(before).toMatchObject({ healthCheckNodePort: 30_087, allocateLoadBalancerNodePorts: true });
  const after = patch('a', (spec) => {
    spec.type = 'ClusterIP';
  });
  expect(after.ports).toEqual([{ port: 80, protocol: 'TCP', targetPort: 80 }]);
  for (const field of ['externalTrafficPolicy', 'healthCheckNodePort', 'allocateLoadBalancerNodePorts']) {
    expect(after, field).not.toHaveProperty(field);
  }
  expect(after.clusterIP).toBe(before?.clusterIP);
  const again = create('b', { type: 'NodePort', ports: [{ port: 80, nodePort: 30_087 }] });
  expect(nodePorts(again)).toEqual([30_087]);
});

it('tells the refusal of a port alone, and frees everything when the check fails', () => {
  const bad = { type: 'NodePort', ports: [{ port: 0 }, { name: 'b', port: 80, nodePort: 80 }] };
  expect(() => create('x', bad)).toThrow(
    /^Service "x" is invalid: spec.ports\[1\].nodePort: Invalid value: 80: [^,]*$/,
  );
  const half = { type: 'NodePort', clusterIP: '127.7.96.99', ports: [{ port: 0, nodePort: 30_003 }] };
  expect(() => create('x', half)).toThrow('spec.ports[0].port');
  const whole = { ...half, ports: [{ port: 80, nodePort: 30_003 }] };
  expect(create('x', whole)).toMatchObject({ clusterIP: '127.7.96.99', ports: [{ nodePort: 30_003 }] });
});

it('refuses an update whose fields are of another type before anything of the old form is kept', () => {
  create('a', { type: 'NodePort' });
  for (const spec of [
    { ports: true },
    { ports: [null, 'x'] },
    { ports: { a: 1 } },
    'x',
    [1],
    { clusterIP: 5 },
  ]) {
    const changed = { ...store.get('services', 'default', 'a'), spec } as KubeObject;
    expect(() => store.update('services', changed)).toThrow(
      /cannot be handled as a Service: json: cannot unmarshal/,
    );
  }
});

it('who changes only clusterIP means clusterIPs, too', () => {
  create('a', {});
  expect(() =>
    patch('a', (spec) => {
      spec.clusterIP = '127.7.96.50';
    }),
  ).toThrow('spec.clusterIPs[0]: Invalid value: ["127.7.96.50"]: may not change once set');
  expect(() =>
    patch('a', (spec) => {
      spec.clusterIP = '127.7.96.50';
      delete spec.clusterIPs;
    }),
  ).toThrow('spec.clusterIPs[0]: Invalid value: ["127.7.96.50"]: may not change once set');
});

it('refuses what the type cannot have', () => {
  const refused =
    (spec: ServiceSpec): (() => unknown) =>
    () =>
      create('x', spec);
  expect(refused({ externalTrafficPolicy: 'Local' })).toThrow(
    'spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services',
  );
  expect(refused({ type: 'NodePort', healthCheckNodePort: 30_500 })).toThrow('spec.healthCheckNodePort');
  expect(refused({ loadBalancerClass: 'example.com/mine' })).toThrow('spec.loadBalancerClass: Forbidden');
  expect(refused({ ports: [{ port: 80, nodePort: 30_500 }] })).toThrow('spec.ports[0].nodePort: Forbidden');
});
