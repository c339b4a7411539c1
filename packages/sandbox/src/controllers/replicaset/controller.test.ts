import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClusterApi } from '../../api/store.js';
import type { KubeObject } from '../../objects.js';
import type { Controller } from '../controller.js';
import type { PodObject, ReplicaSetObject } from '../objects.js';
import { addNode, type ControllerBench, createBench, setPodReady } from '../testing.js';
import { createReplicaSetController } from './controller.js';

let bench: ControllerBench;
let controller: Controller;

beforeEach(() => {
  bench = createBench();
  addNode(bench, 'node-a', 'zone-a');
});

afterEach(() => controller.close());

function start(api: ClusterApi = bench.api): void {
  controller = createReplicaSetController({ ...bench.context, api });
}

function replicaSet(replicas: number, spec: Partial<ReplicaSetObject['spec']> = {}): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'main', image: 'x' }] },
      },
      ...spec,
    },
  };
}

function barePod(name: string, labels: Record<string, string>): KubeObject {
  const spec = { containers: [{ name: 'main', image: 'x' }] };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'shop', labels }, spec };
}

const pods = () => bench.api.list('pods', 'shop') as readonly PodObject[];
const set = () => bench.api.get('replicasets', 'shop', 'web') as ReplicaSetObject;
const scale = (replicas: number) =>
  bench.api.modify('replicasets', 'shop', 'web', (copy) => {
    (copy as ReplicaSetObject).spec.replicas = replicas;
  });
const events = (reason: string) =>
  bench.api.list('events', 'shop').filter((event) => event.reason === reason);

describe('replicas', () => {
  it('makes pods that it owns, and says so', async () => {
    start();
    bench.api.create('replicasets', replicaSet(3));
    await bench.settle();
    expect(pods()).toHaveLength(3);
    for (const pod of pods()) {
      expect(pod.metadata.name).toMatch(/^web-[a-z0-9]{5}$/);
      expect(pod.metadata.generateName).toBe('web-');
      expect(pod.metadata.ownerReferences).toEqual([
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: 'web',
          uid: set().metadata.uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ]);
    }
    const said = events('SuccessfulCreate').map(({ message }) => message);
    expect(said.sort()).toEqual(pods().map(({ metadata }) => `Created pod: ${metadata.name}`));
    expect(set().status).toEqual({
      replicas: 3,
      fullyLabeledReplicas: 3,
      terminatingReplicas: 0,
      observedGeneration: 1,
    });
  });

  it('replaces pods that are deleted or have failed', async () => {
    start();
    bench.api.create('replicasets', replicaSet(2));
    await bench.settle();
    const [first, second] = pods();
    bench.api.delete('pods', 'shop', first!.metadata.name);
    bench.api.modify(
      'pods',
      'shop',
      second!.metadata.name,
      (copy) => {
        copy.status = { phase: 'Failed' };
      },
      { subresource: 'status' },
    );
    await bench.settle();
    expect(pods().filter(({ status }) => status?.phase !== 'Failed')).toHaveLength(2);
    expect(pods()).toHaveLength(3);
  });

  it('scales down to the ready pods', async () => {
    start();
    bench.api.create('replicasets', replicaSet(4));
    await bench.settle();
    const kept = pods()[2]!;
    setPodReady(bench, kept, true, '10.0.0.1');
    await bench.settle();
    scale(1);
    await bench.settle();
    expect(pods().map(({ metadata }) => metadata.name)).toEqual([kept.metadata.name]);
    expect(events('SuccessfulDelete')).toHaveLength(3);
  });

  it('makes no pods while it is being deleted', async () => {
    const waiting = replicaSet(1);
    waiting.metadata.finalizers = ['example.com/wait'];
    bench.api.create('replicasets', waiting);
    bench.api.delete('replicasets', 'shop', 'web');
    start();
    await bench.settle();
    expect(pods()).toEqual([]);
  });

  /** The bench's API with a quota of pods. */
  function limited(quota: { pods: number; tries: number }): ClusterApi {
    const { api } = bench;
    return {
      get: api.get.bind(api),
      list: api.list.bind(api),
      update: api.update.bind(api),
      modify: api.modify.bind(api),
      delete: api.delete.bind(api),
      watch: api.watch.bind(api),
      create(resource, object) {
        if (resource !== 'pods') return api.create(resource, object);
        quota.tries++;
        if (pods().length >= quota.pods) throw new Error('quota exceeded');
        return api.create(resource, object);
      },
    };
  }

  it('makes pods in batches of 1, 2, 4, … so that a refusal costs few tries', async () => {
    const quota = { pods: 3, tries: 0 };
    start(limited(quota));
    bench.api.create('replicasets', replicaSet(50));
    await bench.settle();
    expect(pods()).toHaveLength(3);
    // 1 + 2 + 4, and one for each event that follows.
    expect(quota.tries).toBeGreaterThanOrEqual(7);
    expect(quota.tries).toBeLessThanOrEqual(12);
  });

  it('reports why pods cannot be made, and makes them when that is over', async () => {
    const quota = { pods: 0, tries: 0 };
    start(limited(quota));
    bench.api.create('replicasets', replicaSet(50));
    await bench.settle();
    expect(set().status?.conditions).toMatchObject([
      { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'quota exceeded' },
    ]);
    expect(events('FailedCreate')[0]).toMatchObject({
      type: 'Warning',
      message: 'Error creating: quota exceeded',
    });
    quota.pods = 50;
    await bench.advance(10_000);
    expect(pods()).toHaveLength(50);
    expect(set().status?.conditions).toBeUndefined();
  });
});

describe('claims', () => {
  it('adopts pods without a controller that fit, and leaves others alone', async () => {
    bench.api.create('pods', barePod('mine', { app: 'web' }));
    bench.api.create('pods', barePod('other', { app: 'db' }));
    start();
    bench.api.create('replicasets', replicaSet(1));
    await bench.settle();
    expect(pods().map(({ metadata }) => [metadata.name, metadata.ownerReferences?.[0]?.name])).toEqual([
      ['mine', 'web'],
      ['other', undefined],
    ]);
    bench.api.create('pods', barePod('late', { app: 'web' }));
    await bench.settle();
    expect(pods().filter(({ metadata }) => metadata.labels?.app === 'web')).toHaveLength(1);
  });

  it('releases a pod whose labels no longer fit and makes another one', async () => {
    start();
    bench.api.create('replicasets', replicaSet(1));
    await bench.settle();
    const { name } = pods()[0]!.metadata;
    bench.api.modify('pods', 'shop', name, (copy) => {
      copy.metadata.labels = { app: 'debug' };
    });
    await bench.settle();
    expect(bench.api.get('pods', 'shop', name)?.metadata.ownerReferences ?? []).toEqual([]);
    expect(pods()).toHaveLength(2);
  });
});

describe('status', () => {
  it('counts a pod as available only after minReadySeconds without a break', async () => {
    start();
    bench.api.create('replicasets', replicaSet(1, { minReadySeconds: 10 }));
    await bench.settle();
    const pod = pods()[0]!;
    setPodReady(bench, pod, true, '10.0.0.1');
    await bench.settle();
    expect(set().status).toMatchObject({ readyReplicas: 1 });
    expect(set().status?.availableReplicas).toBeUndefined();
    await bench.advance(9_000);
    setPodReady(bench, pod, false, '10.0.0.1');
    await bench.advance(0);
    setPodReady(bench, pod, true, '10.0.0.1');
    await bench.advance(9_999);
    expect(set().status?.availableReplicas).toBeUndefined();
    await bench.advance(1);
    expect(set().status?.availableReplicas).toBe(1);
  });
});
