import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Controller } from '../controller.js';
import type { NodeObject, PodObject, Toleration } from '../objects.js';
import { addNode, type ControllerBench, createBench } from '../testing.js';
import { noFitMessage, whyNot } from './fit.js';
import { createScheduler } from './scheduler.js';

let bench: ControllerBench;
let scheduler: Controller;

beforeEach(() => {
  bench = createBench();
  scheduler = createScheduler(bench.context);
});

afterEach(() => scheduler.close());

interface TestPod {
  readonly owner?: string;
  readonly nodeName?: string;
  readonly schedulerName?: string;
  readonly nodeSelector?: Record<string, string>;
}

function addPod(name: string, { owner, ...spec }: TestPod = {}): void {
  const reference = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    name: owner ?? '',
    uid: owner ?? '',
    controller: true,
  };
  bench.api.create('pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'shop', ...(owner ? { ownerReferences: [reference] } : {}) },
    spec: { containers: [{ name: 'main', image: 'x' }], ...spec },
  });
}

const pod = (name: string) => bench.api.get('pods', 'shop', name) as PodObject;
const nodeOf = (name: string) => pod(name).spec.nodeName;
const scheduled = (name: string) => pod(name).status?.conditions?.find(({ type }) => type === 'PodScheduled');
const events = (reason: string) =>
  bench.api.list('events', 'shop').filter((event) => event.reason === reason);

function changeNode(name: string, change: (node: NodeObject) => void): void {
  bench.api.modify('nodes', undefined, name, (copy) => change(copy as NodeObject));
}

describe('placement', () => {
  it('leaves pods alone that wait for another scheduler', async () => {
    addNode(bench, 'node-a', 'zone-a');
    addPod('other', { schedulerName: 'nobody' });
    addPod('named', { schedulerName: 'default-scheduler' });
    await bench.settle();
    expect([nodeOf('other'), nodeOf('named')]).toEqual([undefined, 'node-a']);
  });

  it('spreads pods evenly, those of one owner first', async () => {
    addNode(bench, 'node-a', 'zone-a');
    addNode(bench, 'node-b', 'zone-b');
    addPod('preset-1', { nodeName: 'node-a' });
    addPod('preset-2', { nodeName: 'node-a' });
    for (const name of ['w1', 'w2']) addPod(name, { owner: 'web' });
    await bench.settle();
    expect([nodeOf('w1'), nodeOf('w2')].sort()).toEqual(['node-a', 'node-b']);
    addPod('single');
    await bench.settle();
    expect(nodeOf('single')).toBe('node-b');
  });

  it('binds through the API and says where', async () => {
    addNode(bench, 'node-a', 'zone-a');
    addPod('web');
    await bench.settle();
    expect(nodeOf('web')).toBe('node-a');
    expect(scheduled('web')?.status).toBe('True');
    expect(events('Scheduled')).toMatchObject([
      {
        type: 'Normal',
        message: 'Successfully assigned shop/web to node-a',
        source: { component: 'default-scheduler' },
      },
    ]);
  });

  it('leaves pods alone that name their node', async () => {
    addNode(bench, 'node-a', 'zone-a');
    addPod('preset', { nodeName: 'elsewhere' });
    await bench.settle();
    expect(nodeOf('preset')).toBe('elsewhere');
    expect(events('Scheduled')).toEqual([]);
  });
});

describe('pods that wait', () => {
  it('says once why, and places them as soon as a node fits', async () => {
    addPod('web');
    await bench.settle();
    expect(scheduled('web')).toMatchObject({
      status: 'False',
      reason: 'Unschedulable',
      message: 'no nodes available to schedule pods',
    });
    addPod('other');
    await bench.settle();
    expect(events('FailedScheduling').map(({ count }) => count)).toEqual([1, 1]);
    addNode(bench, 'node-a', 'zone-a');
    await bench.settle();
    expect(nodeOf('web')).toBe('node-a');
    expect(scheduled('web')?.status).toBe('True');
  });

  it('keeps off cordoned nodes until they are uncordoned', async () => {
    addNode(bench, 'node-a', 'zone-a');
    addNode(bench, 'node-b', 'zone-b');
    for (const name of ['node-a', 'node-b']) {
      changeNode(name, (node) => {
        node.spec = { unschedulable: true };
      });
    }
    addPod('web');
    await bench.settle();
    expect(scheduled('web')?.message).toBe('0/2 nodes are available: 2 node(s) were unschedulable.');
    changeNode('node-b', (node) => {
      node.spec = {};
    });
    await bench.settle();
    expect(nodeOf('web')).toBe('node-b');
  });

  it('places the others when one does not fit anywhere', async () => {
    addNode(bench, 'node-a', 'zone-a');
    addPod('picky', { nodeSelector: { disk: 'ssd' } });
    addPod('web');
    await bench.settle();
    expect(nodeOf('picky')).toBeUndefined();
    expect(nodeOf('web')).toBe('node-a');
  });
});

describe('fit', () => {
  const ready = [{ type: 'Ready', status: 'True' as const }];
  const taint = { key: 'gpu', value: 'yes', effect: 'NoSchedule' };

  function fit(spec: NodeObject['spec'], pod: Partial<PodObject['spec']>, conditions: object[] = ready) {
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n', labels: { disk: 'ssd' } }, spec };
    const target = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p' },
      spec: { containers: [], ...pod },
    };
    return whyNot(target, { ...node, status: { conditions } } as NodeObject);
  }

  it.each<[string, NodeObject['spec'], Partial<PodObject['spec']>, string | undefined]>([
    ['a plain node', {}, {}, undefined],
    ['a matching selector', {}, { nodeSelector: { disk: 'ssd' } }, undefined],
    [
      'another selector',
      {},
      { nodeSelector: { disk: 'hdd' } },
      "node(s) didn't match Pod's node affinity/selector",
    ],
    ['a taint', { taints: [taint] }, {}, 'node(s) had untolerated taint {gpu: yes}'],
    ['a soft taint', { taints: [{ ...taint, effect: 'PreferNoSchedule' }] }, {}, undefined],
    ['a cordon', { unschedulable: true }, {}, 'node(s) were unschedulable'],
  ])('%s', (_, spec, pod, why) => {
    expect(fit(spec, pod)).toBe(why);
  });

  it.each<[Toleration, boolean]>([
    [{ key: 'gpu', operator: 'Equal', value: 'yes', effect: 'NoSchedule' }, true],
    [{ key: 'gpu', value: 'yes' }, true],
    [{ key: 'gpu', operator: 'Exists' }, true],
    [{ operator: 'Exists' }, true],
    [{ key: 'gpu', value: 'no' }, false],
    [{ key: 'gpu', operator: 'Exists', effect: 'NoExecute' }, false],
    [{ value: 'yes' }, false],
  ])('the toleration %j of gpu=yes:NoSchedule: %s', (toleration, tolerated) => {
    expect(fit({ taints: [taint] }, { tolerations: [toleration] }) === undefined).toBe(tolerated);
  });

  it('wants a Ready node and counts the reasons', () => {
    expect(fit({}, {}, [{ type: 'Ready', status: 'Unknown' }])).toBe('node(s) were not ready');
    const node = (spec: NodeObject['spec']): NodeObject => ({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'n' },
      spec,
    });
    const target = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers: [] } };
    expect(noFitMessage(target, [node({}), node({ unschedulable: true }), node({})])).toBe(
      '0/3 nodes are available: 1 node(s) were unschedulable, 2 node(s) were not ready.',
    );
  });
});
