import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../objects.js';
import type { Controller } from '../controller.js';
import type { NodeObject, PodObject } from '../objects.js';
import { createScheduler } from '../scheduler/scheduler.js';
import {
  addNode,
  type ControllerBench,
  createBench,
  type FakeKubelet,
  startFakeKubelet,
} from '../testing.js';
import { createDaemonSetController } from './controller.js';
import type { DaemonSetObject } from './daemon-set.js';

let bench: ControllerBench;
let kubelet: FakeKubelet;
let running: Controller[];

beforeEach(() => {
  bench = createBench();
  for (const [name, zone] of [
    ['node-a', 'zone-a'],
    ['node-b', 'zone-b'],
    ['node-c', 'zone-a'],
  ] as const)
    addNode(bench, name, zone);
  kubelet = startFakeKubelet(bench);
  running = [createDaemonSetController(bench.context), createScheduler(bench.context)];
});

afterEach(() => {
  for (const each of running) each.close();
  kubelet.close();
});

const IMAGE = 'fairlead/echo:';

function template(version: string, spec: Record<string, unknown> = {}): object {
  return {
    metadata: { labels: { app: 'agent' } },
    spec: { containers: [{ name: 'main', image: `${IMAGE}${version}` }], ...spec },
  };
}

function daemonSet(spec: Record<string, unknown> = {}): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'agent', namespace: 'shop' },
    spec: { selector: { matchLabels: { app: 'agent' } }, template: template('v1'), ...spec },
  };
}

const set = (): DaemonSetObject => bench.api.get('daemonsets', 'shop', 'agent') as DaemonSetObject;
const pods = (): PodObject[] => bench.api.list('pods', 'shop') as PodObject[];
const imageOf = (pod: PodObject): string =>
  ((pod.spec.containers[0] as { image?: string }).image ?? '').slice(IMAGE.length);
/** `node-a:v1`, sorted. */
const where = (): string[] =>
  pods()
    .filter(({ metadata }) => !metadata.deletionTimestamp)
    .map((pod) => `${pod.spec.nodeName ?? 'nowhere'}:${imageOf(pod)}`)
    .sort();
const events = (reason: string): KubeObject[] =>
  bench.api.list('events', 'shop').filter((event) => event.reason === reason);

function change(spec: Record<string, unknown>): void {
  bench.api.modify('daemonsets', 'shop', 'agent', (copy) => {
    Object.assign((copy as DaemonSetObject).spec, spec);
  });
}

function changeNode(name: string, change: (node: NodeObject) => void): void {
  bench.api.modify('nodes', undefined, name, (copy) => change(copy as NodeObject));
}

async function create(spec: Record<string, unknown> = {}): Promise<void> {
  bench.api.create('daemonsets', daemonSet(spec));
  await bench.settle();
}

describe('nodes', () => {
  it('each get one pod, bound by the scheduler through an affinity to that node', async () => {
    await create();
    expect(where()).toEqual(['node-a:v1', 'node-b:v1', 'node-c:v1']);
    const pod = pods().find(({ spec }) => spec.nodeName === 'node-b');
    expect(pod).toMatchObject({
      metadata: {
        generateName: 'agent-',
        labels: {
          app: 'agent',
          'pod-template-generation': '1',
          'controller-revision-hash': expect.any(String),
        },
      },
      spec: {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [
                { matchFields: [{ key: 'metadata.name', operator: 'In', values: ['node-b'] }] },
              ],
            },
          },
        },
      },
    });
    expect(pod?.spec.tolerations?.map(({ key, effect }) => `${key}:${effect}`)).toEqual([
      'node.kubernetes.io/not-ready:NoExecute',
      'node.kubernetes.io/unreachable:NoExecute',
      'node.kubernetes.io/disk-pressure:NoSchedule',
      'node.kubernetes.io/memory-pressure:NoSchedule',
      'node.kubernetes.io/pid-pressure:NoSchedule',
      'node.kubernetes.io/unschedulable:NoSchedule',
    ]);
    expect(set().status).toEqual({
      observedGeneration: 1,
      desiredNumberScheduled: 3,
      currentNumberScheduled: 3,
      numberMisscheduled: 0,
      numberReady: 3,
      numberAvailable: 3,
      updatedNumberScheduled: 3,
    });
    expect(events('SuccessfulCreate')[0]).toMatchObject({ source: { component: 'daemonset-controller' } });
  });

  it('that come later get one too, and cordoned ones as well', async () => {
    await create();
    addNode(bench, 'node-d', 'zone-b');
    changeNode('node-d', (node) => {
      node.spec = { ...node.spec, unschedulable: true };
    });
    await bench.settle();
    expect(where()).toContain('node-d:v1');
  });

  it('are chosen by nodeSelector, nodeName and affinity, also when their labels change', async () => {
    const affinity = {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'disk', operator: 'Exists' }] }],
        },
      },
    };
    await create({ template: template('v1', { affinity }) });
    expect(where()).toEqual([]);
    changeNode('node-c', (node) => {
      node.metadata.labels = { ...node.metadata.labels, disk: 'fast' };
    });
    await bench.settle();
    expect(where()).toEqual(['node-c:v1']);
    changeNode('node-c', (node) => {
      delete node.metadata.labels?.disk;
    });
    await bench.settle();
    expect(where()).toEqual([]);
  });

  it('with a taint get none, and lose theirs only when it says NoExecute', async () => {
    await create();
    const taint = (effect: string) => (node: NodeObject) => {
      node.spec = { ...node.spec, taints: [{ key: 'special', effect }] };
    };
    changeNode('node-a', taint('NoSchedule'));
    await bench.settle();
    expect(where()).toContain('node-a:v1');
    expect(set().status).toMatchObject({ desiredNumberScheduled: 2, numberMisscheduled: 1 });
    changeNode('node-a', taint('NoExecute'));
    await bench.settle();
    expect(where()).not.toContain('node-a:v1');
    expect(set().status).toMatchObject({ desiredNumberScheduled: 2, numberMisscheduled: 0 });
  });

  it('lose a second pod, the younger one', async () => {
    await create();
    const [first] = pods();
    const { ownerReferences: _, ...metadata } = first!.metadata;
    const extra = {
      ...first!,
      metadata: { name: 'extra', namespace: 'shop', labels: metadata.labels ?? {} },
    };
    await bench.advance(1000);
    bench.api.create('pods', extra);
    await bench.settle();
    expect(pods().map((pod) => pod.metadata.name)).not.toContain('extra');
    expect(where()).toHaveLength(3);
  });

  it('get a new pod for one that failed, at once and then after longer and longer', async () => {
    await create();
    const fail = (): void => {
      const pod = pods().find(({ spec }) => spec.nodeName === 'node-a')!;
      const change = (copy: KubeObject): void => {
        copy.status = { phase: 'Failed' };
      };
      bench.api.modify('pods', 'shop', pod.metadata.name, change, { subresource: 'status' });
    };
    const alive = (): boolean =>
      pods().some(({ spec, status }) => spec.nodeName === 'node-a' && status?.phase === 'Running');
    fail();
    await bench.settle();
    expect(alive()).toBe(true);
    expect(events('FailedDaemonPod')[0]).toMatchObject({ type: 'Warning' });
    fail();
    await bench.settle();
    expect(alive()).toBe(false);
    await bench.advance(1000);
    expect(alive()).toBe(true);
  });
});

describe('rollouts', () => {
  it('leave at most maxUnavailable nodes without a pod', async () => {
    await create();
    kubelet.readiness = (pod) => imageOf(pod) === 'v1';
    change({ template: template('v2') });
    await bench.settle();
    expect(where().filter((each) => each.endsWith('v2'))).toHaveLength(1);
    kubelet.readiness = true;
    kubelet.poke();
    await bench.settle();
    expect(where()).toEqual(['node-a:v2', 'node-b:v2', 'node-c:v2']);
    expect(set().metadata.annotations).toMatchObject({ 'deprecated.daemonset.template.generation': '2' });
    expect(set().status).toMatchObject({ updatedNumberScheduled: 3, numberAvailable: 3 });
  });

  it('put the new pod beside the old one with maxSurge, which goes when the new one is available', async () => {
    await create({
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    });
    kubelet.readiness = (pod) => imageOf(pod) === 'v1';
    change({ template: template('v2') });
    await bench.settle();
    expect(where().filter((each) => each.endsWith('v1'))).toHaveLength(3);
    expect(where().filter((each) => each.endsWith('v2'))).toHaveLength(1);
    kubelet.readiness = true;
    kubelet.poke();
    await bench.settle();
    expect(where()).toEqual(['node-a:v2', 'node-b:v2', 'node-c:v2']);
  });

  it('wait for somebody to delete pods with OnDelete', async () => {
    await create({ updateStrategy: { type: 'OnDelete' } });
    change({ template: template('v2') });
    await bench.settle();
    expect(where()).toEqual(['node-a:v1', 'node-b:v1', 'node-c:v1']);
    bench.api.delete('pods', 'shop', pods().find(({ spec }) => spec.nodeName === 'node-a')!.metadata.name);
    await bench.settle();
    expect(where()).toEqual(['node-a:v2', 'node-b:v1', 'node-c:v1']);
  });

  it('keep as many old templates as revisionHistoryLimit says, and go back to one of them', async () => {
    await create({ revisionHistoryLimit: 1 });
    for (const version of ['v2', 'v3']) {
      change({ template: template(version) });
      await bench.settle();
    }
    const numbers = (): number[] =>
      bench.api
        .list('controllerrevisions', 'shop')
        .map(({ revision }) => Number(revision))
        .sort();
    expect(numbers()).toEqual([2, 3]);
    change({ template: template('v2') });
    await bench.settle();
    expect(numbers()).toEqual([3, 4]);
    expect(where()).toEqual(['node-a:v2', 'node-b:v2', 'node-c:v2']);
  });
});

it('pods of a deleted set are left to the garbage collector', async () => {
  await create();
  bench.api.modify('daemonsets', 'shop', 'agent', (copy) => {
    copy.metadata.finalizers = ['example.com/wait'];
  });
  bench.api.delete('daemonsets', 'shop', 'agent');
  bench.api.delete('pods', 'shop', pods()[0]!.metadata.name);
  await bench.settle();
  expect(where()).toHaveLength(2);
});
