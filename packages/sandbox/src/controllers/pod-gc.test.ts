import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Controller } from './controller.js';
import { createPodGc } from './pod-gc.js';
import { addNode, type ControllerBench, createBench } from './testing.js';

let bench: ControllerBench;
let controller: Controller;

beforeEach(async () => {
  bench = createBench();
  addNode(bench, 'node-a', 'zone-a');
  bench.api.create('pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { nodeName: 'node-a', containers: [{ name: 'main', image: 'x' }] },
  });
  controller = createPodGc(bench.context);
  await bench.settle();
});

afterEach(() => controller.close());

const pod = () => bench.api.get('pods', 'shop', 'web');

it('removes the pods of a node 40 s after the node is gone', async () => {
  bench.api.delete('nodes', undefined, 'node-a');
  await bench.advance(39_999);
  expect(pod()).toBeDefined();
  const last: unknown[] = [];
  const end = bench.api.watch('pods', ({ type, object }) => type === 'DELETED' && last.push(object.status));
  await bench.advance(1);
  end();
  expect(pod()).toBeUndefined();
  expect(last).toMatchObject([
    { phase: 'Failed', conditions: [{ type: 'DisruptionTarget', status: 'True' }] },
  ]);
});

it('spares them when the node comes back in time, and starts anew when it goes again', async () => {
  bench.api.delete('nodes', undefined, 'node-a');
  await bench.advance(30_000);
  addNode(bench, 'node-a', 'zone-a');
  await bench.advance(30_000);
  bench.api.delete('nodes', undefined, 'node-a');
  await bench.advance(39_999);
  expect(pod()).toBeDefined();
  await bench.advance(1);
  expect(pod()).toBeUndefined();
});
