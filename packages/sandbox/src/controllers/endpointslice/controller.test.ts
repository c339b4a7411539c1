import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KINDS } from '../../api/kinds/index.js';
import type { Controller } from '../controller.js';
import { createGarbageCollector } from '../garbage-collector/controller.js';
import type { EndpointSliceObject, PodObject, ServiceObject } from '../objects.js';
import { addNode, type ControllerBench, createBench, setPodReady, webService } from '../testing.js';
import { createEndpointSliceController } from './controller.js';
import { TRIGGER_TIME } from './trigger-time.js';

let bench: ControllerBench;
let controllers: Controller[];

beforeEach(() => {
  bench = createBench();
  addNode(bench, 'node-a', 'zone-a');
  controllers = [createEndpointSliceController(bench.context), createGarbageCollector(bench.context, KINDS)];
});

afterEach(() => {
  for (const controller of controllers) controller.close();
});

function addPod(name: string, ip: string, nodeName = 'node-a'): PodObject {
  const pod = bench.api.create('pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'shop', labels: { app: 'web' } },
    spec: { nodeName, containers: [{ name: 'main', image: 'x' }] },
  });
  setPodReady(bench, pod, true, ip);
  return pod as PodObject;
}

const slices = () => bench.api.list('endpointslices', 'shop') as readonly EndpointSliceObject[];
const endpoints = () => slices().flatMap((slice) => slice.endpoints ?? []);
const addresses = () => endpoints().map((endpoint) => endpoint.addresses[0]);
const triggerTime = () => slices()[0]?.metadata.annotations?.[TRIGGER_TIME];
const changeService = (edit: (service: ServiceObject) => void) =>
  bench.api.modify('services', 'shop', 'web', (copy) => edit(copy as ServiceObject));

describe('which Services', () => {
  it.each([
    ['without a selector', { selector: undefined }],
    ['of type ExternalName', { type: 'ExternalName', externalName: 'example.com', clusterIP: undefined }],
  ])('makes no slice for one %s', async (_, spec) => {
    addPod('p1', '10.0.0.1');
    bench.api.create('services', webService(spec));
    await bench.settle();
    expect(slices()).toEqual([]);
  });

  it('leaves slices of others alone', async () => {
    const labels = { 'kubernetes.io/service-name': 'web', 'endpointslice.kubernetes.io/managed-by': 'me' };
    bench.api.create('endpointslices', {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'mine', namespace: 'shop', labels },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['10.9.9.9'] }],
      ports: [],
    });
    bench.api.create('services', webService());
    addPod('p1', '10.0.0.1');
    await bench.settle();
    expect(addresses().sort()).toEqual(['10.0.0.1', '10.9.9.9']);
  });

  it('leaves its slices to the garbage collector when the Service goes, and starts anew for the next', async () => {
    addPod('p1', '10.0.0.1');
    bench.api.create('services', webService());
    await bench.settle();
    const [before] = slices();
    bench.api.delete('services', 'shop', 'web');
    const again = bench.api.create('services', webService());
    await bench.settle();
    expect(slices()).toHaveLength(1);
    expect(slices()[0]?.metadata.uid).not.toBe(before?.metadata.uid);
    expect(slices()[0]?.metadata.ownerReferences?.[0]?.uid).toBe(again.metadata.uid);
  });
});

describe('changes', () => {
  beforeEach(async () => {
    bench.api.create('services', webService());
    addPod('p1', '10.0.0.1');
    await bench.settle();
  });

  it('follows pods that enter or leave the selector', async () => {
    const label = (app: string) =>
      bench.api.modify('pods', 'shop', 'p1', ({ metadata }) => {
        metadata.labels = { app };
      });
    label('other');
    await bench.settle();
    expect(addresses()).toEqual([]);
    label('web');
    await bench.settle();
    expect(addresses()).toEqual(['10.0.0.1']);
  });

  it('restores a slice that somebody deletes or empties', async () => {
    bench.api.delete('endpointslices', 'shop', slices()[0]!.metadata.name);
    await bench.settle();
    expect(addresses()).toEqual(['10.0.0.1']);
    bench.api.modify('endpointslices', 'shop', slices()[0]!.metadata.name, (copy) => {
      copy.endpoints = [];
    });
    await bench.settle();
    expect(addresses()).toEqual(['10.0.0.1']);
  });

  it('takes over the zone of a node when it changes', async () => {
    bench.api.modify('nodes', undefined, 'node-a', ({ metadata }) => {
      metadata.labels = { 'topology.kubernetes.io/zone': 'zone-x' };
    });
    await bench.settle();
    expect(endpoints()[0]?.zone).toBe('zone-x');
  });

  it('passes new Service ports and labels on', async () => {
    changeService((service) => {
      service.metadata.labels = { team: 'a' };
      service.spec.ports = [{ name: 'tcp', port: 8088, targetPort: 9099 }];
    });
    await bench.settle();
    expect(slices()).toHaveLength(1);
    expect(slices()[0]).toMatchObject({ ports: [{ name: 'tcp', port: 9099, protocol: 'TCP' }] });
    expect(slices()[0]?.metadata.labels?.team).toBe('a');
  });

  it('adds a pod once its node exists, and warns until then', async () => {
    addPod('p2', '10.0.0.2', 'node-late');
    await bench.settle();
    expect(addresses()).toEqual(['10.0.0.1']);
    expect(bench.logger.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
    addNode(bench, 'node-late', 'zone-b');
    await bench.settle();
    expect(addresses()).toEqual(['10.0.0.1', '10.0.0.2']);
  });
});

describe('trigger time', () => {
  it('is the time of the pod transition, and leaves with a write that has none', async () => {
    bench.api.create('services', webService());
    await bench.settle();
    expect(triggerTime()).toBe('2030-01-01T00:00:00Z');
    await bench.advance(5_000);
    addPod('p1', '10.0.0.1');
    await bench.settle();
    expect(triggerTime()).toBe('2030-01-01T00:00:05Z');
    await bench.advance(5_000);
    bench.api.delete('pods', 'shop', 'p1');
    await bench.settle();
    expect(endpoints()[0]?.conditions.terminating).toBe(true);
    expect(triggerTime()).toBeUndefined();
  });
});
