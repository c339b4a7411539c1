import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Service, ServiceSpec } from '../api/kinds/service-types.js';
import type { Controller } from './controller.js';
import { createLoadBalancerController } from './load-balancer.js';
import { type ControllerBench, createBench } from './testing.js';

let bench: ControllerBench;
let controller: Controller;

beforeEach(() => {
  bench = createBench();
  controller = createLoadBalancerController(bench.context, '127.7.112.0/24');
});

afterEach(() => controller.close());

async function create(name: string, spec: ServiceSpec): Promise<void> {
  bench.api.create('services', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'shop' },
    spec: { ports: [{ port: 80 }], ...spec },
  });
  await bench.settle();
}

async function change(name: string, edit: (spec: ServiceSpec) => void): Promise<void> {
  bench.api.modify('services', 'shop', name, (copy) => edit((copy as Service).spec ?? {}));
  await bench.settle();
}

const balancer = (name: string) => (bench.api.get('services', 'shop', name) as Service).status?.loadBalancer;
const events = () =>
  bench.api
    .list('events', 'shop')
    .map(({ type, reason, message }) => ({ type, reason, message }))
    .sort((a, b) => (String(a.type) < String(b.type) ? -1 : 1));

it('gives each Service of type LoadBalancer an address of its own, and takes it back', async () => {
  await create('a', { type: 'LoadBalancer' });
  await create('b', { type: 'LoadBalancer' });
  await create('c', { type: 'NodePort' });
  expect(balancer('a')).toEqual({ ingress: [{ ip: '127.7.112.10', ipMode: 'VIP' }] });
  expect(balancer('b')).toEqual({ ingress: [{ ip: '127.7.112.11', ipMode: 'VIP' }] });
  expect(balancer('c')).toEqual({});
  await change('a', (spec) => {
    spec.type = 'ClusterIP';
  });
  expect(balancer('a')).toEqual({});
  bench.api.delete('services', 'shop', 'b');
  await create('d', { type: 'LoadBalancer', loadBalancerIP: '127.7.112.10' });
  await create('e', { type: 'LoadBalancer', loadBalancerIP: '127.7.112.11' });
  expect([balancer('d'), balancer('e')]).toMatchObject([
    { ingress: [{ ip: '127.7.112.10' }] },
    { ingress: [{ ip: '127.7.112.11' }] },
  ]);
});

it('leaves a Service of another class alone', async () => {
  await create('a', { type: 'LoadBalancer', loadBalancerClass: 'example.com/mine' });
  expect(balancer('a')).toEqual({});
  expect(events()).toEqual([]);
});

it('says why the address that a Service asks for cannot be had, and keeps the one it has', async () => {
  await create('a', { type: 'LoadBalancer' });
  await change('a', (spec) => {
    spec.loadBalancerIP = '10.0.0.1';
  });
  expect(balancer('a')).toMatchObject({ ingress: [{ ip: '127.7.112.10' }] });
  expect(events()).toEqual([
    { type: 'Normal', reason: 'EnsuredLoadBalancer', message: 'Ensured load balancer' },
    {
      type: 'Warning',
      reason: 'SyncLoadBalancerFailed',
      message: 'spec.loadBalancerIP 10.0.0.1: the provided network does not match the current range',
    },
  ]);
  await change('a', (spec) => {
    spec.loadBalancerIP = '127.7.112.77';
  });
  expect(balancer('a')).toMatchObject({ ingress: [{ ip: '127.7.112.77' }] });
});
