import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../objects.js';
import type { Controller } from '../controller.js';
import type { PodObject } from '../objects.js';
import { createScheduler } from '../scheduler/scheduler.js';
import {
  addNode,
  type ControllerBench,
  createBench,
  type FakeKubelet,
  startFakeKubelet,
} from '../testing.js';
import { createStatefulSetController } from './controller.js';
import type { StatefulSetObject } from './stateful-set.js';

let bench: ControllerBench;
let kubelet: FakeKubelet;
let running: Controller[];

beforeEach(() => {
  bench = createBench();
  addNode(bench, 'node-a', 'zone-a');
  kubelet = startFakeKubelet(bench);
  running = [createStatefulSetController(bench.context), createScheduler(bench.context)];
});

afterEach(() => {
  for (const each of running) each.close();
  kubelet.close();
});

function statefulSet(replicas: number, spec: Record<string, unknown> = {}): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      replicas,
      serviceName: 'web',
      selector: { matchLabels: { app: 'web' } },
      template: template('v1'),
      ...spec,
    },
  };
}

function template(version: string): object {
  return {
    metadata: { labels: { app: 'web' } },
    spec: { containers: [{ name: 'main', image: `fairlead/echo:${version}` }] },
  };
}

const set = (): StatefulSetObject => bench.api.get('statefulsets', 'shop', 'web') as StatefulSetObject;
const pods = (): PodObject[] => bench.api.list('pods', 'shop') as PodObject[];
const names = (): string[] => pods().map(({ metadata }) => metadata.name);
const imageOf = (pod: PodObject): string | undefined =>
  (pod.spec.containers[0] as { image?: string }).image?.slice('fairlead/echo:'.length);
const images = (): Record<string, string | undefined> =>
  Object.fromEntries(pods().map((pod) => [pod.metadata.name, imageOf(pod)]));
const revisions = (): KubeObject[] => [...bench.api.list('controllerrevisions', 'shop')];
const events = (reason: string): KubeObject[] =>
  bench.api.list('events', 'shop').filter((event) => event.reason === reason);

function change(spec: Record<string, unknown>): void {
  bench.api.modify('statefulsets', 'shop', 'web', (copy) => {
    Object.assign((copy as StatefulSetObject).spec, spec);
  });
}

/** Only these pods become ready from now on. */
function readyOnly(...ready: string[]): void {
  kubelet.readiness = (pod) => ready.includes(pod.metadata.name);
  kubelet.poke();
}

describe('names', () => {
  it('gives each pod a name, a host name and the labels by which it is known', async () => {
    bench.api.create('statefulsets', statefulSet(2));
    await bench.settle();
    expect(names()).toEqual(['web-0', 'web-1']);
    expect(pods()[1]).toMatchObject({
      metadata: {
        labels: {
          app: 'web',
          'apps.kubernetes.io/pod-index': '1',
          'statefulset.kubernetes.io/pod-name': 'web-1',
          'controller-revision-hash': revisions()[0]?.metadata.name,
        },
        ownerReferences: [{ kind: 'StatefulSet', name: 'web', controller: true }],
      },
      spec: { hostname: 'web-1', subdomain: 'web' },
    });
    expect(events('SuccessfulCreate')).toContainEqual(
      expect.objectContaining({
        message: 'Create Pod web-0 in StatefulSet web successful',
        source: { component: 'statefulset-controller' },
      }),
    );
  });

  it('counts from ordinals.start', async () => {
    bench.api.create('statefulsets', statefulSet(2, { ordinals: { start: 5 } }));
    await bench.settle();
    expect(names()).toEqual(['web-5', 'web-6']);
    change({ ordinals: { start: 6 } });
    await bench.settle();
    expect(names()).toEqual(['web-6', 'web-7']);
  });

  it('makes a pod again under its name when it is gone or has ended', async () => {
    bench.api.create('statefulsets', statefulSet(2));
    await bench.settle();
    const [first, second] = pods().map(({ metadata }) => metadata.uid);
    bench.api.delete('pods', 'shop', 'web-0');
    const fail = (copy: KubeObject): void => {
      copy.status = { phase: 'Failed' };
    };
    bench.api.modify('pods', 'shop', 'web-1', fail, { subresource: 'status' });
    await bench.settle();
    expect(names()).toEqual(['web-0', 'web-1']);
    expect(pods().map(({ metadata }) => metadata.uid)).not.toContain(first);
    expect(pods().map(({ metadata }) => metadata.uid)).not.toContain(second);
  });

  it('adopts a pod without a controller that has one of its names, and leaves others alone', async () => {
    kubelet.readiness = false;
    const bare = (name: string): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'shop', labels: { app: 'web' } },
      spec: { containers: [{ name: 'main', image: 'fairlead/echo' }] },
    });
    bench.api.create('pods', bare('web-0'));
    bench.api.create('pods', bare('web-x'));
    bench.api.create('statefulsets', statefulSet(1, { updateStrategy: { type: 'OnDelete' } }));
    await bench.settle();
    expect(pods().map(({ metadata }) => [metadata.name, metadata.ownerReferences?.[0]?.name])).toEqual([
      ['web-0', 'web'],
      ['web-x', undefined],
    ]);
  });

  it('gives a pod the labels back by which it is known', async () => {
    bench.api.create('statefulsets', statefulSet(1));
    await bench.settle();
    bench.api.modify('pods', 'shop', 'web-0', (copy) => {
      delete copy.metadata.labels?.['statefulset.kubernetes.io/pod-name'];
    });
    await bench.settle();
    expect(pods()[0]?.metadata.labels?.['statefulset.kubernetes.io/pod-name']).toBe('web-0');
  });
});

describe('order', () => {
  it('makes a pod only when all before it are ready', async () => {
    readyOnly();
    bench.api.create('statefulsets', statefulSet(3));
    await bench.settle();
    expect(names()).toEqual(['web-0']);
    readyOnly('web-0');
    await bench.settle();
    expect(names()).toEqual(['web-0', 'web-1']);
    readyOnly('web-0', 'web-1', 'web-2');
    await bench.settle();
    expect(names()).toEqual(['web-0', 'web-1', 'web-2']);
  });

  it('waits minReadySeconds before the next', async () => {
    bench.api.create('statefulsets', statefulSet(2, { minReadySeconds: 10 }));
    await bench.settle();
    expect(names()).toEqual(['web-0']);
    expect(set().status).toMatchObject({ readyReplicas: 1, availableReplicas: 0 });
    await bench.advance(10_000);
    expect(names()).toEqual(['web-0', 'web-1']);
    expect(set().status).toMatchObject({ availableReplicas: 1 });
  });

  it('takes the highest number first when it shrinks, one after the other', async () => {
    bench.api.create('statefulsets', statefulSet(3));
    await bench.settle();
    kubelet.ending = false;
    change({ replicas: 1 });
    await bench.settle();
    const going = (): string[] =>
      pods()
        .filter(({ metadata }) => metadata.deletionTimestamp)
        .map(({ metadata }) => metadata.name);
    expect(going()).toEqual(['web-2']);
    kubelet.ending = true;
    kubelet.poke();
    await bench.settle();
    expect(names()).toEqual(['web-0']);
    expect(events('SuccessfulDelete').map(({ message }) => message)).toContain(
      'Delete Pod web-1 in StatefulSet web successful',
    );
  });

  it('does not shrink while a pod that stays is not ready', async () => {
    bench.api.create('statefulsets', statefulSet(3));
    await bench.settle();
    readyOnly('web-1', 'web-2');
    change({ replicas: 2 });
    await bench.settle();
    expect(names()).toEqual(['web-0', 'web-1', 'web-2']);
    readyOnly('web-0', 'web-1', 'web-2');
    await bench.settle();
    expect(names()).toEqual(['web-0', 'web-1']);
  });

  it('makes and takes all at once when podManagementPolicy is Parallel', async () => {
    readyOnly();
    bench.api.create('statefulsets', statefulSet(4, { podManagementPolicy: 'Parallel' }));
    await bench.settle();
    expect(names()).toEqual(['web-0', 'web-1', 'web-2', 'web-3']);
    change({ replicas: 1 });
    await bench.settle();
    expect(names()).toEqual(['web-0']);
  });
});

describe('rollouts', () => {
  it('replaces pods from the highest number down, each when those above are ready', async () => {
    bench.api.create('statefulsets', statefulSet(3));
    await bench.settle();
    kubelet.readiness = (pod) => imageOf(pod) === 'v1';
    change({ template: template('v2') });
    await bench.settle();
    expect(images()).toEqual({ 'web-0': 'v1', 'web-1': 'v1', 'web-2': 'v2' });
    const [old, next] = revisions().map(({ metadata }) => metadata.name);
    expect([set().status?.currentRevision, set().status?.updateRevision].sort()).toEqual([old, next].sort());
    kubelet.readiness = true;
    kubelet.poke();
    await bench.settle();
    expect(images()).toEqual({ 'web-0': 'v2', 'web-1': 'v2', 'web-2': 'v2' });
    expect(set().status).toMatchObject({ updatedReplicas: 3, currentReplicas: 3, readyReplicas: 3 });
    expect(set().status?.currentRevision).toBe(set().status?.updateRevision);
  });

  it('keeps pods below the partition on the old template, also when they are made anew', async () => {
    bench.api.create('statefulsets', statefulSet(3));
    await bench.settle();
    change({
      template: template('v2'),
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } },
    });
    await bench.settle();
    expect(images()).toEqual({ 'web-0': 'v1', 'web-1': 'v1', 'web-2': 'v2' });
    bench.api.delete('pods', 'shop', 'web-0');
    await bench.settle();
    expect(images()['web-0']).toBe('v1');
    expect(set().status).toMatchObject({ updatedReplicas: 1, currentReplicas: 2 });
    change({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } } });
    await bench.settle();
    expect(new Set(Object.values(images()))).toEqual(new Set(['v2']));
  });

  it('replaces nothing by itself with OnDelete', async () => {
    bench.api.create('statefulsets', statefulSet(2, { updateStrategy: { type: 'OnDelete' } }));
    await bench.settle();
    change({ template: template('v2') });
    await bench.settle();
    expect(images()).toEqual({ 'web-0': 'v1', 'web-1': 'v1' });
    bench.api.delete('pods', 'shop', 'web-0');
    await bench.settle();
    expect(images()).toEqual({ 'web-0': 'v2', 'web-1': 'v1' });
  });

  it('numbers revisions, and makes the old one the newest when it is rolled back to', async () => {
    bench.api.create('statefulsets', statefulSet(1));
    await bench.settle();
    change({ template: template('v2') });
    await bench.settle();
    change({ template: template('v1') });
    await bench.settle();
    expect(images()).toEqual({ 'web-0': 'v1' });
    expect(
      revisions()
        .map(({ revision }) => Number(revision))
        .sort(),
    ).toEqual([2, 3]);
    expect(revisions()[0]).toMatchObject({ data: { spec: { template: { $patch: 'replace' } } } });
  });

  it('forgets the oldest revisions beyond revisionHistoryLimit, never one that is in use', async () => {
    const partition = { type: 'RollingUpdate', rollingUpdate: { partition: 1 } };
    bench.api.create('statefulsets', statefulSet(1, { revisionHistoryLimit: 1, updateStrategy: partition }));
    await bench.settle();
    for (const version of ['v2', 'v3', 'v4']) {
      change({ template: template(version) });
      await bench.settle();
    }
    // v1 is in use, v4 is the next, v3 is the history.
    expect(
      revisions()
        .map(({ revision }) => Number(revision))
        .sort(),
    ).toEqual([1, 3, 4]);
  });
});

describe('claims of storage', () => {
  it('become emptyDirs, and an event says so', async () => {
    const claim = {
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    };
    bench.api.create('statefulsets', statefulSet(1, { volumeClaimTemplates: [claim] }));
    await bench.settle();
    expect(pods()[0]?.spec.volumes?.[0]).toEqual({ name: 'data', emptyDir: {} });
    expect(events('VolumeClaimsNotSupported')[0]).toMatchObject({ type: 'Warning' });
  });
});

describe('deletion', () => {
  it('makes no pods while the set is being deleted', async () => {
    const waiting = statefulSet(1);
    waiting.metadata.finalizers = ['example.com/wait'];
    bench.api.create('statefulsets', waiting);
    bench.api.delete('statefulsets', 'shop', 'web');
    await bench.settle();
    expect(pods()).toEqual([]);
  });
});
