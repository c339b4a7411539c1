import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KINDS } from '../../api/kinds/index.js';
import type { Controller } from '../controller.js';
import { createDeploymentController } from '../deployment/controller.js';
import type { PodObject } from '../objects.js';
import { controllerRef } from '../owner.js';
import { createReplicaSetController } from '../replicaset/controller.js';
import { createScheduler } from '../scheduler/scheduler.js';
import {
  addNode,
  type ControllerBench,
  createBench,
  type FakeKubelet,
  setPodReady,
  startFakeKubelet,
  webDeployment,
} from '../testing.js';
import { createDisruptionController } from './controller.js';
import type { BudgetObject, BudgetStatus } from './objects.js';

let bench: ControllerBench;
let kubelet: FakeKubelet;
let controllers: Controller[];

beforeEach(() => {
  bench = createBench();
  addNode(bench, 'node-a', 'zone-a');
  kubelet = startFakeKubelet(bench);
  controllers = [
    createDeploymentController(bench.context),
    createReplicaSetController(bench.context),
    createScheduler(bench.context),
    createDisruptionController(bench.context, KINDS),
  ];
});

afterEach(() => {
  for (const controller of controllers) controller.close();
  kubelet.close();
});

const WEB = { matchLabels: { app: 'web' } };

function addBudget(spec: BudgetObject['spec'], name = 'web'): void {
  bench.api.create('poddisruptionbudgets', {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name, namespace: 'shop' },
    spec: { selector: WEB, ...spec },
  });
}

const budget = () => bench.api.get('poddisruptionbudgets', 'shop', 'web') as BudgetObject;
const status = (): BudgetStatus => budget().status!;
const pods = () => bench.api.list('pods', 'shop') as readonly PodObject[];
const events = (reason: string) =>
  bench.api.list('events', 'shop').filter((event) => event.reason === reason);

function numbers(): number[] {
  const { expectedPods, desiredHealthy, currentHealthy, disruptionsAllowed } = status();
  return [expectedPods, desiredHealthy, currentHealthy, disruptionsAllowed];
}

describe('the numbers of a budget on a Deployment of 5', () => {
  it.each<[BudgetObject['spec'], number[]]>([
    [{ minAvailable: 3 }, [5, 3, 5, 2]],
    [{ minAvailable: 5 }, [5, 5, 5, 0]],
    [{ minAvailable: 9 }, [5, 9, 5, 0]],
    [{ minAvailable: '50%' }, [5, 3, 5, 2]],
    [{ minAvailable: '0%' }, [5, 0, 5, 5]],
    [{ maxUnavailable: 1 }, [5, 4, 5, 1]],
    [{ maxUnavailable: '50%' }, [5, 2, 5, 3]],
    [{ maxUnavailable: 9 }, [5, 0, 5, 5]],
    [{ maxUnavailable: '0%' }, [5, 5, 5, 0]],
    [{}, [0, 0, 5, 0]],
  ])('%j: expected, desired, current, allowed are %j', async (spec, expected) => {
    bench.api.create('deployments', webDeployment(5));
    await bench.settle();
    addBudget(spec);
    await bench.settle();
    expect(numbers()).toEqual(expected);
    const allowed = expected[3]! > 0;
    expect(status().conditions).toMatchObject([
      {
        type: 'DisruptionAllowed',
        status: allowed ? 'True' : 'False',
        reason: allowed ? 'SufficientPods' : 'InsufficientPods',
        message: '',
        observedGeneration: 1,
      },
    ]);
  });
});

describe('a budget', () => {
  it('without pods allows nothing and says so', async () => {
    addBudget({ maxUnavailable: 1 });
    await bench.settle();
    expect(numbers()).toEqual([0, 0, 0, 0]);
    expect(events('NoPods')).toMatchObject([{ message: 'No matching pods found' }]);
  });

  it('with a selector of nothing but braces covers the namespace, without one nothing', async () => {
    bench.api.create('deployments', webDeployment(2));
    addBudget({ minAvailable: 1, selector: {} });
    await bench.settle();
    expect(numbers()).toEqual([2, 1, 2, 1]);
    bench.api.modify('poddisruptionbudgets', 'shop', 'web', (copy) => {
      delete (copy as BudgetObject).spec.selector;
    });
    await bench.settle();
    expect(numbers()).toEqual([0, 1, 0, 0]);
  });

  it('counts ready pods only, follows the scale, and tells when its verdict changed', async () => {
    bench.api.create('deployments', webDeployment(3));
    addBudget({ maxUnavailable: 1 });
    await bench.settle();
    const since = status().conditions?.[0]?.lastTransitionTime;
    await bench.advance(5000);
    const unready = pods()[0]!.metadata.name;
    kubelet.readiness = (pod) => pod.metadata.name !== unready;
    kubelet.poke();
    await bench.settle();
    expect(numbers()).toEqual([3, 2, 2, 0]);
    expect(status().conditions?.[0]?.lastTransitionTime).not.toBe(since);
    bench.api.modify('deployments', 'shop', 'web', (copy) => {
      copy.spec = { ...(copy.spec as object), replicas: 4 };
    });
    await bench.settle();
    expect(numbers()).toEqual([4, 3, 3, 0]);
  });

  it('counts a pod without a controller by a number, and warns where a share is asked for', async () => {
    const metadata = { name: 'bare', namespace: 'shop', labels: { app: 'web' } };
    const spec = { containers: [{ name: 'main', image: 'x' }] };
    bench.api.create('pods', { apiVersion: 'v1', kind: 'Pod', metadata, spec });
    addBudget({ minAvailable: 1 });
    await bench.settle();
    expect(numbers()).toEqual([1, 1, 1, 0]);
    expect(events('UnmanagedPods')).toEqual([]);
    bench.api.modify('poddisruptionbudgets', 'shop', 'web', (copy) => {
      copy.spec = { selector: WEB, minAvailable: '50%' };
    });
    await bench.settle();
    expect(numbers()).toEqual([0, 0, 1, 0]);
    expect(String(events('UnmanagedPods')[0]?.message)).toContain(
      '(selector: &LabelSelector{MatchLabels:map[string]string{app: web,},MatchExpressions:[]LabelSelectorRequirement{},})',
    );
  });

  it('that cannot be calculated allows nothing and says why', async () => {
    bench.api.create('deployments', webDeployment(2));
    addBudget({ maxUnavailable: 1 });
    await bench.settle();
    expect(numbers()).toEqual([2, 1, 2, 1]);
    const made = bench.api.create('configmaps', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'odd', namespace: 'shop' },
    });
    const owner = { ...controllerRef(made), blockOwnerDeletion: false };
    const pod = bench.api.create('pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'odd', namespace: 'shop', labels: { app: 'web' }, ownerReferences: [owner] },
      spec: { containers: [{ name: 'main', image: 'x' }] },
    });
    setPodReady(bench, pod, true, '10.244.9.9');
    await bench.settle();
    expect(numbers()).toEqual([2, 1, 2, 0]);
    expect(status().conditions).toMatchObject([
      {
        status: 'False',
        reason: 'SyncFailed',
        message: 'configmaps does not implement the scale subresource',
      },
    ]);
    expect(events('CalculateExpectedPodCountFailed')).toHaveLength(1);
  });
});

describe('a granted eviction', () => {
  async function grant(name: string): Promise<void> {
    bench.api.modify(
      'poddisruptionbudgets',
      'shop',
      'web',
      (copy) => {
        const disruptedPods = { [name]: '2030-01-01T00:00:00Z' };
        copy.status = { ...status(), disruptedPods };
      },
      { subresource: 'status' },
    );
    await bench.settle();
  }

  it('counts as gone until the pod goes', async () => {
    bench.api.create('deployments', webDeployment(3));
    addBudget({ maxUnavailable: 1 });
    await bench.settle();
    const { name } = pods()[0]!.metadata;
    await grant(name);
    expect(numbers()).toEqual([3, 2, 2, 0]);
    expect(status().disruptedPods).toHaveProperty(name);
    kubelet.ending = false;
    bench.api.delete('pods', 'shop', name);
    await bench.settle();
    expect(status().disruptedPods).toBeUndefined();
    expect(numbers()).toEqual([3, 2, 3, 1]);
  });

  it('is taken back with a warning when the pod is still there two minutes later', async () => {
    bench.api.create('deployments', webDeployment(3));
    addBudget({ maxUnavailable: 1 });
    await bench.settle();
    await grant(pods()[0]!.metadata.name);
    await bench.advance(119_000);
    expect(numbers()[3]).toBe(0);
    await bench.advance(2000);
    expect(numbers()).toEqual([3, 2, 3, 1]);
    expect(events('NotDeleted')).toHaveLength(1);
  });
});
