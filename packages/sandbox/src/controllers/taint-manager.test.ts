import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Controller } from './controller.js';
import type { NodeObject, PodObject, Toleration } from './objects.js';
import { createTaintManager } from './taint-manager.js';
import { addNode, type ControllerBench, createBench } from './testing.js';

let bench: ControllerBench;
let manager: Controller;

beforeEach(() => {
  bench = createBench();
  addNode(bench, 'node-a', 'zone-a');
  manager = createTaintManager(bench.context);
});

afterEach(() => manager.close());

function addPod(name: string, tolerations: Toleration[] = [], nodeName = 'node-a'): void {
  bench.api.create('pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'shop' },
    spec: { nodeName, containers: [{ name: 'main', image: 'x' }], tolerations },
  });
}

function change(spec: NodeObject['spec']): Promise<void> {
  bench.api.modify('nodes', undefined, 'node-a', (copy) => {
    copy.spec = spec;
  });
  return bench.settle();
}

const taint = (key: string, effect = 'NoExecute') => ({ key, value: 'yes', effect });
const node = () => bench.api.get('nodes', undefined, 'node-a') as NodeObject;
const going = () =>
  (bench.api.list('pods', 'shop') as readonly PodObject[])
    .filter(({ metadata }) => metadata.deletionTimestamp)
    .map(({ metadata }) => metadata.name);

describe('a NoExecute taint', () => {
  it('ends the pods of its node that do not tolerate it, and says why', async () => {
    addPod('plain');
    addPod('tolerant', [{ key: 'gpu', operator: 'Exists' }]);
    addPod('elsewhere', [], 'node-b');
    await change({ taints: [taint('gpu')] });
    expect(going()).toEqual(['plain']);
    const { status } = bench.api.get('pods', 'shop', 'plain') as PodObject;
    expect(status?.conditions).toContainEqual(
      expect.objectContaining({ type: 'DisruptionTarget', status: 'True', reason: 'DeletionByTaintManager' }),
    );
    expect(bench.api.list('events', 'shop').map(({ reason, message }) => [reason, message])).toEqual([
      ['TaintManagerEviction', 'Marking for deletion Pod shop/plain'],
    ]);
  });

  it('waits for the shortest of the seconds for which it is tolerated', async () => {
    addPod('minute', [
      { key: 'gpu', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60 },
      { operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 600 },
    ]);
    await change({ taints: [taint('gpu')] });
    await bench.advance(59_000);
    expect(going()).toEqual([]);
    await bench.advance(2000);
    expect(going()).toEqual(['minute']);
  });

  it('that is taken away in time ends nothing, and begins anew', async () => {
    addPod('minute', [{ operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60 }]);
    await change({ taints: [taint('gpu')] });
    await bench.advance(50_000);
    await change({});
    await bench.advance(50_000);
    expect(going()).toEqual([]);
    await change({ taints: [taint('gpu')] });
    await bench.advance(50_000);
    expect(going()).toEqual([]);
    await bench.advance(11_000);
    expect(going()).toEqual(['minute']);
  });

  it('ends a pod that comes later, too', async () => {
    await change({ taints: [taint('gpu')] });
    addPod('late');
    await bench.settle();
    expect(going()).toEqual(['late']);
  });

  it('must be tolerated like every other one', async () => {
    addPod('half', [{ key: 'gpu', operator: 'Exists' }]);
    await change({ taints: [taint('gpu'), taint('ssd')] });
    expect(going()).toEqual(['half']);
  });
});

it('taints of other effects end nothing', async () => {
  addPod('plain');
  await change({ taints: [taint('gpu', 'NoSchedule'), taint('ssd', 'PreferNoSchedule')] });
  await bench.advance(600_000);
  expect(going()).toEqual([]);
});

it('a cordoned node has the taint that says so, beside its own, until it is uncordoned', async () => {
  await change({ unschedulable: true, taints: [taint('gpu', 'NoSchedule')] });
  expect(node().spec?.taints).toEqual([
    taint('gpu', 'NoSchedule'),
    { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule', timeAdded: '2030-01-01T00:00:00Z' },
  ]);
  bench.api.modify('nodes', undefined, 'node-a', (copy) => {
    copy.spec = { ...(copy.spec as object), unschedulable: false };
  });
  await bench.settle();
  expect(node().spec?.taints).toEqual([taint('gpu', 'NoSchedule')]);
});
