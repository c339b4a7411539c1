import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Controller } from '../controller.js';
import { TRIGGER_TIME } from '../endpointslice/trigger-time.js';
import type { EndpointsObject, PodObject, PodSpec } from '../objects.js';
import { addNode, type ControllerBench, createBench, setPodReady, webService } from '../testing.js';
import { createEndpointsController } from './controller.js';

let bench: ControllerBench;
let controller: Controller;

beforeEach(() => {
  bench = createBench();
  addNode(bench, 'node-a', 'zone-a');
  controller = createEndpointsController(bench.context);
});

afterEach(() => controller.close());

interface TestPod {
  readonly ip: string;
  readonly ready?: boolean;
  readonly spec?: Partial<PodSpec>;
}

function addPod(name: string, { ip, ready = true, spec }: TestPod): PodObject {
  const pod = bench.api.create('pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'shop', labels: { app: 'web' } },
    spec: { nodeName: 'node-a', containers: [{ name: 'main', image: 'x' }], ...spec },
  });
  setPodReady(bench, pod, ready, ip);
  return pod as PodObject;
}

const endpoints = (): EndpointsObject | undefined =>
  bench.api.get('endpoints', 'shop', 'web') as EndpointsObject | undefined;
const target = ({ metadata: { name, namespace, uid } }: PodObject) => ({
  nodeName: 'node-a',
  targetRef: { kind: 'Pod', namespace, name, uid },
});

describe('an Endpoints object', () => {
  it('has the ready addresses of a Service and the others, its labels and who wrote it', async () => {
    const one = addPod('p1', { ip: '10.0.0.1' });
    const two = addPod('p2', { ip: '10.0.0.2', ready: false });
    const service = bench.api.create('services', {
      ...webService(),
      metadata: { name: 'web', namespace: 'shop', labels: { team: 'a' } },
    });
    await bench.settle();
    expect(endpoints()).toMatchObject({
      metadata: {
        labels: {
          team: 'a',
          'service.kubernetes.io/headless': '',
          'endpoints.kubernetes.io/managed-by': 'endpoint-controller',
        },
        annotations: { [TRIGGER_TIME]: service.metadata.creationTimestamp },
      },
      subsets: [
        {
          addresses: [{ ip: '10.0.0.1', ...target(one) }],
          notReadyAddresses: [{ ip: '10.0.0.2', ...target(two) }],
          ports: [{ name: 'tcp', port: 8088, protocol: 'TCP' }],
        },
      ],
    });
    expect(endpoints()?.metadata).not.toHaveProperty('ownerReferences');
  });

  it('is there without subsets when no pod is selected', async () => {
    bench.api.create('services', webService({ clusterIP: undefined }));
    await bench.settle();
    expect(endpoints()?.metadata.labels).not.toHaveProperty('service.kubernetes.io/headless');
    expect(endpoints()).not.toHaveProperty('subsets');
  });

  it('follows its pods: what ends or terminates is in it no longer', async () => {
    bench.api.create('services', webService());
    const one = addPod('p1', { ip: '10.0.0.1', ready: false });
    addPod('p2', { ip: '10.0.0.2' });
    await bench.settle();
    expect(endpoints()?.subsets?.[0]?.notReadyAddresses).toHaveLength(1);
    await bench.advance(5000);
    setPodReady(bench, one, true, '10.0.0.1');
    await bench.settle();
    expect(endpoints()?.subsets?.[0]?.addresses).toHaveLength(2);
    expect(endpoints()?.metadata.annotations?.[TRIGGER_TIME]).toBe('2030-01-01T00:00:05Z');
    bench.api.delete('pods', 'shop', 'p1', { gracePeriodSeconds: 30 });
    await bench.settle();
    expect(endpoints()?.subsets?.[0]?.addresses?.map(({ ip }) => ip)).toEqual(['10.0.0.2']);
    expect(endpoints()?.metadata).not.toHaveProperty('annotations');
  });

  it('counts every pod as ready when the Service publishes them before they are, and while they end', async () => {
    bench.api.create('services', webService({ publishNotReadyAddresses: true }));
    addPod('p1', { ip: '10.0.0.1', ready: false });
    bench.api.delete('pods', 'shop', 'p1', { gracePeriodSeconds: 30 });
    await bench.settle();
    expect(endpoints()?.subsets?.[0]?.addresses).toHaveLength(1);
  });

  it('groups pods by the port that a name means in them, and leaves out those that have none of it', async () => {
    const named = (containerPort: number, name = 'grpc'): Partial<PodSpec> => ({
      containers: [
        { name: 'main', image: 'x', ports: [{ name, containerPort }] } as PodSpec['containers'][0],
      ],
    });
    bench.api.create('services', webService({ ports: [{ name: 'tcp', port: 80, targetPort: 'grpc' }] }));
    addPod('p1', { ip: '10.0.0.1', spec: named(1001) });
    addPod('p2', { ip: '10.0.0.2', spec: named(1002) });
    addPod('p3', { ip: '10.0.0.3', spec: named(1003, 'other') });
    await bench.settle();
    const seen = endpoints()?.subsets?.map(({ addresses, ports }) => [addresses?.[0]?.ip, ports?.[0]?.port]);
    expect(seen).toEqual([
      ['10.0.0.1', 1001],
      ['10.0.0.2', 1002],
    ]);
  });

  it('names hosts whose pods say that the Service is their domain, and has no ports when the Service has none', async () => {
    bench.api.create('services', webService({ ports: undefined }));
    addPod('p1', { ip: '10.0.0.1', spec: { hostname: 'h', subdomain: 'web' } });
    await bench.settle();
    expect(endpoints()?.subsets).toEqual([{ addresses: [expect.objectContaining({ hostname: 'h' })] }]);
  });

  it('goes with its Service, even one without a selector, and comes back when somebody else deletes it', async () => {
    bench.api.create('services', webService());
    await bench.settle();
    bench.api.delete('endpoints', 'shop', 'web');
    await bench.settle();
    expect(endpoints()).toBeDefined();
    bench.api.delete('services', 'shop', 'web');
    await bench.settle();
    expect(endpoints()).toBeUndefined();
    bench.api.create('services', webService({ selector: undefined }));
    bench.api.create('endpoints', {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { name: 'web', namespace: 'shop' },
    });
    await bench.settle();
    expect(endpoints()).toBeDefined();
    bench.api.delete('services', 'shop', 'web');
    await bench.settle();
    expect(endpoints()).toBeUndefined();
  });

  it.each([
    ['without a selector', { selector: undefined }],
    ['of type ExternalName', { type: 'ExternalName', externalName: 'example.com', clusterIP: undefined }],
  ])('is nobody’s for a Service %s', async (_, spec) => {
    addPod('p1', { ip: '10.0.0.1' });
    bench.api.create('services', webService(spec));
    await bench.settle();
    expect(endpoints()).toBeUndefined();
  });

  it('that says the same in another order is not written again', async () => {
    bench.api.create('services', webService());
    addPod('p1', { ip: '10.0.0.1' });
    addPod('p2', { ip: '10.0.0.2' });
    await bench.settle();
    bench.api.modify('endpoints', 'shop', 'web', (copy) => {
      (copy as EndpointsObject).subsets?.[0]?.addresses?.reverse();
    });
    const version = endpoints()?.metadata.resourceVersion;
    controller.enqueue('shop/web');
    await bench.settle();
    expect(endpoints()?.metadata.resourceVersion).toBe(version);
  });
});

describe('a large Service', () => {
  it('is looked at in turns, so that its pods may change as often as they like', async () => {
    bench.api.create('services', webService());
    for (let n = 0; n < 200; n++) addPod(`p${n}`, { ip: `10.0.1.${n}` });
    await bench.settle();
    const versions = new Set<unknown>();
    for (let n = 0; n < 100; n++) {
      await bench.advance(10);
      bench.api.modify('pods', 'shop', `p${n}`, (copy) => {
        copy.metadata.labels = { app: 'other' };
      });
      await bench.settle();
      versions.add(endpoints()?.metadata.resourceVersion);
    }
    expect(versions.size).toBeLessThanOrEqual(10);
    await bench.advance(200);
    expect(endpoints()?.subsets?.[0]?.addresses).toHaveLength(100);
  });

  it('has a thousand addresses at most, and says so', async () => {
    for (let n = 0; n < 1005; n++) addPod(`p${n}`, { ip: `10.1.${n >> 8}.${n & 255}` });
    bench.api.create('services', webService());
    await bench.settle();
    const truncated = () => endpoints()?.metadata.annotations?.['endpoints.kubernetes.io/over-capacity'];
    expect(endpoints()?.subsets?.[0]?.addresses).toHaveLength(1000);
    expect(truncated()).toBe('truncated');
    for (let n = 0; n < 10; n++) bench.api.delete('pods', 'shop', `p${n}`, { gracePeriodSeconds: 0 });
    await bench.advance(2000);
    expect(endpoints()?.subsets?.[0]?.addresses).toHaveLength(995);
    expect(truncated()).toBeUndefined();
  });
});
