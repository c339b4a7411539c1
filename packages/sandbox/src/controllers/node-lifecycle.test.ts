import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Controller } from './controller.js';
import { createNodeLifecycleController } from './node-lifecycle.js';
import type { NodeObject, PodObject } from './objects.js';
import { isPodReady } from './pod.js';
import { addNode, type ControllerBench, createBench, setPodReady } from './testing.js';

let bench: ControllerBench;
let controller: Controller;

beforeEach(async () => {
  bench = createBench();
  addNode(bench, 'node-a', 'zone-a');
  addPod('web');
  renew();
  controller = createNodeLifecycleController(bench.context);
  await bench.settle();
});

afterEach(() => controller.close());

function addPod(name: string, tolerations: object[] = []): void {
  const pod = bench.api.create('pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'shop' },
    spec: { nodeName: 'node-a', containers: [{ name: 'main', image: 'x' }], tolerations },
  });
  setPodReady(bench, pod, true, '10.0.0.1');
}

function renew(node = 'node-a'): void {
  const renewTime = `${new Date(bench.clock.now()).toISOString().slice(0, -1)}000Z`;
  const stored = bench.api.modify('leases', 'kube-node-lease', node, (copy) => {
    copy.spec = { ...(copy.spec as object), renewTime };
  });
  if (stored) return;
  bench.api.create('leases', {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: node, namespace: 'kube-node-lease' },
    spec: { holderIdentity: node, leaseDurationSeconds: 40, renewTime },
  });
}

const readyOf = () =>
  (bench.api.get('nodes', undefined, 'node-a') as NodeObject).status?.conditions?.find(
    ({ type }) => type === 'Ready',
  );
const pod = (name = 'web') => bench.api.get('pods', 'shop', name) as PodObject;
// In order of the reason: names of events end in what is random.
const reasons = (namespace: string) =>
  bench.api
    .list('events', namespace)
    .map(({ reason }) => reason)
    .sort();

it('leaves a node alone while its lease is renewed', async () => {
  for (let i = 0; i < 12; i++) {
    await bench.advance(10_000);
    renew();
    await bench.settle();
  }
  expect(readyOf()?.status).toBe('True');
  expect(isPodReady(pod())).toBe(true);
});

it('makes Ready Unknown after 40 s of silence, and the pods of the node unready', async () => {
  await bench.advance(39_999);
  expect(readyOf()?.status).toBe('True');
  await bench.advance(1);
  expect(readyOf()).toMatchObject({
    status: 'Unknown',
    reason: 'NodeStatusUnknown',
    message: 'Kubelet stopped posting node status.',
  });
  expect(isPodReady(pod())).toBe(false);
  expect(reasons('default')).toEqual(['NodeNotReady', 'RegisteredNode']);
  expect(reasons('shop')).toEqual(['NodeNotReady']);
});

it('takes readiness again from a pod that claims it on a silent node', async () => {
  await bench.advance(40_000);
  setPodReady(bench, pod(), true, '10.0.0.1');
  await bench.settle();
  expect(isPodReady(pod())).toBe(false);
});

it('leaves pods alone once the node is Ready again', async () => {
  await bench.advance(40_000);
  renew();
  bench.api.modify(
    'nodes',
    undefined,
    'node-a',
    (copy) => {
      (copy as NodeObject).status = { conditions: [{ type: 'Ready', status: 'True' }] };
    },
    { subresource: 'status' },
  );
  await bench.settle();
  setPodReady(bench, pod(), true, '10.0.0.1');
  await bench.settle();
  expect(isPodReady(pod())).toBe(true);
});

/** Lets time pass while the other node is heard. */
async function passWithLivingNode(ms: number): Promise<void> {
  for (let leftMs = ms; leftMs > 0; leftMs -= 10_000) {
    renew('node-b');
    await bench.advance(Math.min(10_000, leftMs));
  }
}

it('deletes pods after 300 s on a lost node, but not those that tolerate it for ever', async () => {
  addNode(bench, 'node-b', 'zone-b');
  addPod('daemon', [{ key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' }]);
  await passWithLivingNode(40_000 + 299_999);
  expect(pod().metadata.deletionTimestamp).toBeUndefined();
  await passWithLivingNode(1);
  expect(pod().metadata.deletionTimestamp).toBeDefined();
  expect(pod('daemon').metadata.deletionTimestamp).toBeUndefined();
});

it('deletes nothing while no node at all is heard', async () => {
  addNode(bench, 'node-b', 'zone-b');
  await bench.advance(600_000);
  expect(readyOf()?.status).toBe('Unknown');
  expect(pod().metadata.deletionTimestamp).toBeUndefined();
  bench.api.modify(
    'nodes',
    undefined,
    'node-b',
    (copy) => {
      (copy as NodeObject).status = { conditions: [{ type: 'Ready', status: 'True' }] };
    },
    { subresource: 'status' },
  );
  await passWithLivingNode(40_000);
  expect(pod().metadata.deletionTimestamp).toBeDefined();
});

it('does not take its own sleep for the silence of a node', async () => {
  const { now } = bench.clock;
  let sleptMs = 0;
  bench.clock.now = () => now() + sleptMs;
  sleptMs = 3_600_000;
  controller.enqueue('/node-a');
  await bench.settle();
  expect(readyOf()?.status).toBe('True');
  await bench.advance(40_000);
  expect(readyOf()?.status).toBe('Unknown');
});
