import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Controller } from '../controller.js';
import type { Condition, DeploymentObject, PodObject, ReplicaSetObject } from '../objects.js';
import { createReplicaSetController } from '../replicaset/controller.js';
import { createScheduler } from '../scheduler/scheduler.js';
import {
  addNode,
  type ControllerBench,
  createBench,
  type FakeKubelet,
  startFakeKubelet,
  webDeployment,
} from '../testing.js';
import { createDeploymentController } from './controller.js';
import { REVISION, templateHash } from './revision.js';

let bench: ControllerBench;
let kubelet: FakeKubelet;
let controllers: Controller[];

beforeEach(() => {
  bench = createBench();
  addNode(bench, 'node-a', 'zone-a');
  kubelet = startFakeKubelet(bench);
  const { context } = bench;
  controllers = [
    createDeploymentController(context),
    createReplicaSetController(context),
    createScheduler(context),
  ];
});

afterEach(() => {
  for (const controller of controllers) controller.close();
  kubelet.close();
});

const pods = () => bench.api.list('pods', 'shop') as readonly PodObject[];
const sets = () => bench.api.list('replicasets', 'shop') as readonly ReplicaSetObject[];
const deployment = () => bench.api.get('deployments', 'shop', 'web') as DeploymentObject;
const active = () => sets().filter(({ spec }) => (spec.replicas ?? 0) > 0);
const condition = (type: string): Condition | undefined =>
  deployment().status?.conditions?.find((each) => each.type === type);

async function create(replicas: number, spec: Record<string, unknown> = {}): Promise<void> {
  bench.api.create('deployments', webDeployment(replicas, spec));
  await bench.settle();
}

async function change(edit: (spec: DeploymentObject['spec']) => void): Promise<void> {
  bench.api.modify('deployments', 'shop', 'web', (copy) => edit((copy as DeploymentObject).spec));
  await bench.settle();
}

const setTemplate = (version: string) =>
  change(({ template }) => {
    template.metadata = { ...template.metadata, annotations: { version } };
  });
const revisions = () => sets().map(({ metadata }) => metadata.annotations?.[REVISION]);

describe('replica sets', () => {
  it('names and labels the ReplicaSet after the hash of the template', async () => {
    await create(2);
    const [set] = sets();
    const hash = set?.metadata.labels?.['pod-template-hash'];
    expect(hash).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{1,10}$/);
    expect(set?.metadata.name).toBe(`web-${hash}`);
    expect(set?.spec.selector.matchLabels).toEqual({ app: 'web', 'pod-template-hash': hash });
    expect(pods().every(({ metadata }) => metadata.labels?.['pod-template-hash'] === hash)).toBe(true);
    expect(set?.metadata.annotations).toMatchObject({
      [REVISION]: '1',
      'deployment.kubernetes.io/desired-replicas': '2',
      'deployment.kubernetes.io/max-replicas': '3',
    });
    expect(deployment().metadata.annotations?.[REVISION]).toBe('1');
  });

  it('counts up revisions, and a rollback takes the old ReplicaSet again under a new number', async () => {
    await create(2);
    const first = sets()[0]?.metadata.name;
    const original = structuredClone(deployment().spec.template);
    await setTemplate('2');
    expect(revisions().sort()).toEqual(['1', '2']);
    await change((spec) => {
      spec.template = original;
    });
    expect(revisions().sort()).toEqual(['2', '3']);
    const back = sets().find(({ metadata }) => metadata.name === first);
    expect(back?.metadata.annotations?.['deployment.kubernetes.io/revision-history']).toBe('1');
    expect(active()).toEqual([back]);
    expect(deployment().metadata.annotations?.[REVISION]).toBe('3');
  });

  it('keeps revisionHistoryLimit old ReplicaSets, the newest', async () => {
    await create(1, { revisionHistoryLimit: 2 });
    for (const version of ['2', '3', '4', '5']) await setTemplate(version);
    expect(revisions().sort()).toEqual(['3', '4', '5']);
  });

  it('takes another name when the hash is taken by a foreign ReplicaSet', async () => {
    const template = (webDeployment(1) as DeploymentObject).spec.template;
    const seen = bench.api.create('deployments', webDeployment(1, { paused: true })) as DeploymentObject;
    await bench.settle();
    const hash = templateHash(seen.spec.template, 0);
    bench.api.create('replicasets', {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: { name: `web-${hash}`, namespace: 'shop' },
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: 'other' } },
        template: { ...template, metadata: { labels: { app: 'other' } } },
      },
    });
    await change((spec) => {
      spec.paused = false;
    });
    expect(deployment().status?.collisionCount).toBe(1);
    expect(pods()).toHaveLength(1);
    expect(sets()).toHaveLength(2);
  });

  it('adopts a ReplicaSet without owner that fits', async () => {
    await create(2);
    const { name } = sets()[0]!.metadata;
    bench.api.modify('replicasets', 'shop', name, (copy) => {
      copy.metadata.ownerReferences = [];
    });
    await bench.settle();
    expect(sets()).toMatchObject([
      { metadata: { name, ownerReferences: [{ kind: 'Deployment', name: 'web' }] } },
    ]);
  });
});

describe('scaling', () => {
  it('scales up and down, and says so in the words of kubectl describe', async () => {
    await create(2);
    const set = sets()[0]?.metadata.name;
    await change((spec) => {
      spec.replicas = 5;
    });
    await change((spec) => {
      spec.replicas = 1;
    });
    expect(pods()).toHaveLength(1);
    const said = bench.api.list('events', 'shop').filter(({ reason }) => reason === 'ScalingReplicaSet');
    expect(said.map(({ message }) => message).sort()).toEqual([
      `Scaled down replica set ${set} from 5 to 1`,
      `Scaled up replica set ${set} from 0 to 2`,
      `Scaled up replica set ${set} from 2 to 5`,
    ]);
  });

  it('shares a new count between old and new ReplicaSet in the middle of a rollout', async () => {
    await create(8);
    const old = new Set(pods().map(({ metadata }) => metadata.uid));
    kubelet.readiness = ({ metadata }) => old.has(metadata.uid);
    await setTemplate('2');
    expect(
      active()
        .map(({ spec }) => spec.replicas)
        .sort(),
    ).toEqual([4, 6]);
    await change((spec) => {
      spec.replicas = 16;
    });
    expect(
      active()
        .map(({ spec }) => spec.replicas)
        .sort((a, b) => a! - b!),
    ).toEqual([8, 12]);
  });

  it('goes to zero and back', async () => {
    await create(3);
    await change((spec) => {
      spec.replicas = 0;
    });
    expect(pods()).toEqual([]);
    expect(condition('Available')?.status).toBe('True');
    await change((spec) => {
      spec.replicas = 2;
    });
    expect(pods()).toHaveLength(2);
  });
});

describe('strategies', () => {
  it('Recreate starts new pods only when the last old one is gone', async () => {
    await create(3, { strategy: { type: 'Recreate' } });
    const old = new Set(pods().map(({ metadata }) => metadata.uid));
    kubelet.ending = false;
    await setTemplate('2');
    expect(pods().every(({ metadata }) => old.has(metadata.uid) && metadata.deletionTimestamp)).toBe(true);
    kubelet.ending = true;
    kubelet.poke();
    await bench.settle();
    expect(pods()).toHaveLength(3);
    expect(pods().some(({ metadata }) => old.has(metadata.uid))).toBe(false);
  });

  it('a paused Deployment scales but does not roll out', async () => {
    await create(2);
    await change((spec) => {
      spec.paused = true;
    });
    expect(condition('Progressing')).toMatchObject({ status: 'Unknown', reason: 'DeploymentPaused' });
    await setTemplate('2');
    await change((spec) => {
      spec.replicas = 3;
    });
    expect(sets()).toHaveLength(1);
    expect(pods()).toHaveLength(3);
    await change((spec) => {
      spec.paused = false;
    });
    expect(sets()).toHaveLength(2);
    expect(deployment().status).toMatchObject({ updatedReplicas: 3, replicas: 3 });
    expect(condition('Progressing')).toMatchObject({ status: 'True', reason: 'NewReplicaSetAvailable' });
  });

  it('waits for minReadySeconds before the next step', async () => {
    await create(2, { minReadySeconds: 5, strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } });
    expect(condition('Available')?.status).toBe('False');
    await bench.advance(5000);
    expect(condition('Available')?.status).toBe('True');
    await setTemplate('2');
    const updated = () => deployment().status?.updatedReplicas;
    expect(updated()).toBe(1);
    await bench.advance(4_999);
    expect(updated()).toBe(1);
    await bench.advance(1);
    expect(updated()).toBe(2);
  });
});

describe('status', () => {
  it('tells kubectl rollout status all that it waits for', async () => {
    await create(4);
    expect(condition('Available')).toMatchObject({ status: 'True', reason: 'MinimumReplicasAvailable' });
    expect(condition('Progressing')).toMatchObject({
      status: 'True',
      reason: 'NewReplicaSetAvailable',
      message: `ReplicaSet "${sets()[0]?.metadata.name}" has successfully progressed.`,
    });
    expect(deployment().status?.observedGeneration).toBe(deployment().metadata.generation);
    kubelet.readiness = false;
    kubelet.poke();
    await bench.settle();
    expect(deployment().status).toMatchObject({ replicas: 4, updatedReplicas: 4, unavailableReplicas: 4 });
    expect(condition('Available')).toMatchObject({ status: 'False', reason: 'MinimumReplicasUnavailable' });
  });

  it('moves the update time, but not the transition time, of Progressing with each step', async () => {
    kubelet.readiness = false;
    await create(2);
    const before = condition('Progressing');
    await bench.advance(5_000);
    const [first] = pods();
    kubelet.readiness = ({ metadata }) => metadata.uid === first?.metadata.uid;
    kubelet.poke();
    await bench.settle();
    expect(condition('Progressing')).toEqual({ ...before, lastUpdateTime: '2030-01-01T00:00:05Z' });
  });

  it('says ProgressDeadlineExceeded when nothing moves for that long, and takes it back when it does', async () => {
    kubelet.readiness = false;
    await create(2, { progressDeadlineSeconds: 60 });
    await bench.advance(59_000);
    expect(condition('Progressing')).toMatchObject({ status: 'True', reason: 'ReplicaSetUpdated' });
    await bench.advance(2_000);
    expect(condition('Progressing')).toMatchObject({
      status: 'False',
      reason: 'ProgressDeadlineExceeded',
      message: `ReplicaSet "${sets()[0]?.metadata.name}" has timed out progressing.`,
    });
    kubelet.readiness = true;
    kubelet.poke();
    await bench.settle();
    expect(condition('Progressing')).toMatchObject({ status: 'True', reason: 'NewReplicaSetAvailable' });
  });
});
