import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KINDS } from '../../api/kinds/index.js';
import type { KubeObject } from '../../objects.js';
import type { Controller } from '../controller.js';
import { createEndpointsController } from '../endpoints/controller.js';
import { createGarbageCollector } from '../garbage-collector/controller.js';
import type { EndpointSliceObject, EndpointSubset, EndpointsObject } from '../objects.js';
import { type ControllerBench, createBench, webService } from '../testing.js';
import { createMirroringController } from './controller.js';

const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';

let bench: ControllerBench;
let controllers: Controller[];

beforeEach(() => {
  bench = createBench();
  const { context } = bench;
  controllers = [
    createMirroringController(context),
    createEndpointsController(context),
    createGarbageCollector(context, KINDS),
  ];
});

afterEach(() => {
  for (const controller of controllers) controller.close();
});

const slices = () => bench.api.list('endpointslices', 'shop') as readonly EndpointSliceObject[];
const addresses = () =>
  slices()
    .flatMap(({ endpoints }) => endpoints ?? [])
    .flatMap((endpoint) => endpoint.addresses)
    .sort();
const subset = (...ips: string[]): EndpointSubset => ({
  addresses: ips.map((ip) => ({ ip })),
  ports: [{ name: 'tcp', port: 8088, protocol: 'TCP' }],
});

function write(subsets: EndpointSubset[], metadata: Partial<KubeObject['metadata']> = {}): KubeObject {
  return bench.api.create('endpoints', {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name: 'web', namespace: 'shop', ...metadata },
    subsets,
  });
}
const change = (edit: (endpoints: EndpointsObject) => void) =>
  bench.api.modify('endpoints', 'shop', 'web', (copy) => edit(copy as EndpointsObject));
const byHand = (spec: Record<string, unknown> = {}) =>
  bench.api.create('services', webService({ selector: undefined, ...spec }));

describe('the Endpoints of a Service without a selector', () => {
  it('are mirrored with their labels and annotations, one slice for each family', async () => {
    byHand();
    const endpoints = write(
      [{ ...subset('10.0.0.1', '2001:DB8::1'), notReadyAddresses: [{ ip: '10.0.0.2', hostname: 'h' }] }],
      {
        labels: { team: 'a', [MANAGED_BY]: 'me' },
        annotations: { note: 'x', 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
      },
    );
    await bench.settle();
    const [four, six] = [...slices()].sort((a, b) => (a.addressType < b.addressType ? -1 : 1));
    expect(four).toMatchObject({
      metadata: {
        generateName: 'web-',
        labels: {
          team: 'a',
          'kubernetes.io/service-name': 'web',
          [MANAGED_BY]: 'endpointslicemirroring-controller.k8s.io',
        },
        annotations: { note: 'x' },
        ownerReferences: [
          { apiVersion: 'v1', kind: 'Endpoints', name: 'web', uid: endpoints.metadata.uid, controller: true },
        ],
      },
      addressType: 'IPv4',
      ports: [{ name: 'tcp', port: 8088, protocol: 'TCP' }],
      endpoints: [
        { addresses: ['10.0.0.1'], conditions: { ready: true } },
        { addresses: ['10.0.0.2'], conditions: { ready: false }, hostname: 'h' },
      ],
    });
    expect(four?.metadata.annotations).toEqual({ note: 'x' });
    expect(six).toMatchObject({ addressType: 'IPv6', endpoints: [{ addresses: ['2001:db8::1'] }] });
  });

  it('may come before the Service', async () => {
    write([subset('10.0.0.1')]);
    await bench.settle();
    expect(slices()).toEqual([]);
    byHand();
    await bench.settle();
    expect(addresses()).toEqual(['10.0.0.1']);
  });

  it('are followed in the slice that there is, which is written only when something differs', async () => {
    byHand();
    write([subset('10.0.0.1')]);
    await bench.settle();
    const name = slices()[0]?.metadata.name;
    change(({ metadata }) => {
      metadata.annotations = { 'endpoints.kubernetes.io/last-change-trigger-time': '2030-01-01T00:00:00Z' };
    });
    await bench.settle();
    expect(slices()[0]?.metadata.generation).toBe(1);
    change((copy) => {
      copy.subsets = [subset('10.0.0.1', '10.0.0.2')];
    });
    await bench.settle();
    expect(addresses()).toEqual(['10.0.0.1', '10.0.0.2']);
    change(({ metadata }) => {
      metadata.labels = { team: 'b' };
    });
    await bench.settle();
    expect(slices()[0]?.metadata.labels).toMatchObject({ team: 'b' });
    // Other ports are another slice, whose place the old one takes.
    change((copy) => {
      copy.subsets = [{ addresses: [{ ip: '10.0.0.3' }], ports: [{ port: 80, protocol: 'TCP' }] }];
    });
    await bench.settle();
    expect(slices().map(({ metadata }) => metadata.name)).toEqual([name]);
    expect(slices()[0]?.ports).toEqual([{ name: '', port: 80, protocol: 'TCP' }]);
    change((copy) => {
      copy.subsets = [];
    });
    await bench.settle();
    expect(slices()).toEqual([]);
  });

  it('are mirrored again when somebody changes or deletes the slice', async () => {
    byHand();
    write([subset('10.0.0.1')]);
    await bench.settle();
    const name = slices()[0]?.metadata.name ?? '';
    bench.api.modify('endpointslices', 'shop', name, (copy) => {
      copy.endpoints = [];
    });
    await bench.settle();
    expect(addresses()).toEqual(['10.0.0.1']);
    bench.api.delete('endpointslices', 'shop', name);
    await bench.settle();
    expect(addresses()).toEqual(['10.0.0.1']);
  });

  it('are not mirrored any more once they, the Service or its lack of a selector are gone', async () => {
    byHand({ clusterIP: undefined });
    write([subset('10.0.0.1')]);
    await bench.settle();
    bench.api.delete('endpoints', 'shop', 'web');
    await bench.settle();
    expect(slices()).toEqual([]);
    write([subset('10.0.0.2')]);
    await bench.settle();
    expect(addresses()).toEqual(['10.0.0.2']);
    bench.api.modify('services', 'shop', 'web', (copy) => {
      copy.spec = { ...(copy.spec as object), selector: { app: 'web' } };
    });
    await bench.settle();
    expect(slices()).toEqual([]);
    expect(bench.api.get('endpoints', 'shop', 'web')).not.toHaveProperty('subsets');
    bench.api.modify('services', 'shop', 'web', (copy) => {
      copy.spec = { ...(copy.spec as object), selector: undefined };
    });
    change((copy) => {
      copy.subsets = [subset('10.0.0.3')];
    });
    await bench.settle();
    expect(addresses()).toEqual(['10.0.0.3']);
    bench.api.delete('services', 'shop', 'web');
    await bench.settle();
    expect(slices()).toEqual([]);
  });

  it.each<[string, Partial<KubeObject['metadata']>]>([
    ['labelled to be skipped', { labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } }],
    ['of a leader election', { annotations: { 'control-plane.alpha.kubernetes.io/leader': '{}' } }],
  ])('%s are left alone, and those that become so lose their slices', async (_, metadata) => {
    byHand();
    write([subset('10.0.0.1')], metadata);
    await bench.settle();
    expect(slices()).toEqual([]);
    change((copy) => {
      delete copy.metadata.labels;
      delete copy.metadata.annotations;
    });
    await bench.settle();
    expect(slices()).toHaveLength(1);
    change((copy) => Object.assign(copy.metadata, metadata));
    await bench.settle();
    expect(slices()).toEqual([]);
  });

  it('leave slices of others alone', async () => {
    byHand();
    const labels = { 'kubernetes.io/service-name': 'web', [MANAGED_BY]: 'me' };
    bench.api.create('endpointslices', {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'mine', namespace: 'shop', labels },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['10.9.9.9'] }],
      ports: [],
    });
    write([subset('10.0.0.1')]);
    await bench.settle();
    bench.api.delete('endpoints', 'shop', 'web');
    await bench.settle();
    expect(addresses()).toEqual(['10.9.9.9']);
  });

  it('are mirrored up to a thousand addresses of a subset, and an Event says how many are not', async () => {
    byHand();
    const many = Array.from({ length: 1003 }, (_, n) => `10.1.${n >> 8}.${n & 255}`);
    write([{ ...subset(...many), notReadyAddresses: [{ ip: '10.2.0.1' }] }]);
    await bench.settle();
    expect(addresses()).toHaveLength(1000);
    const [event] = bench.api.list('events', 'shop');
    expect(event).toMatchObject({
      reason: 'TooManyAddressesToMirror',
      message:
        'A max of 1000 addresses can be mirrored to EndpointSlices per Endpoints subset. 4 addresses were skipped',
    });
  });
});
