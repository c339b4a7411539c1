import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KINDS } from '../api/kinds/index.js';
import { startControllers } from './index.js';
import type { DeploymentObject, EndpointSliceObject, PodObject, ReplicaSetObject } from './objects.js';
import { isPodActive, isPodReady } from './pod.js';
import {
  addNode,
  type ControllerBench,
  createBench,
  type FakeKubelet,
  startFakeKubelet,
  webDeployment,
  webService,
} from './testing.js';

let bench: ControllerBench;
let kubelet: FakeKubelet;
let controllers: { close(): void };

beforeEach(() => {
  bench = createBench();
  addNode(bench, 'node-a', 'zone-a');
  addNode(bench, 'node-b', 'zone-b');
  kubelet = startFakeKubelet(bench);
  controllers = startControllers({
    ...bench.context,
    kinds: KINDS,
    balancerRange: '127.7.112.0/24',
    caPem: 'CA',
  });
});

afterEach(() => {
  controllers.close();
  kubelet.close();
});

const pods = () => bench.api.list('pods', 'shop') as readonly PodObject[];
const sets = () => bench.api.list('replicasets', 'shop') as readonly ReplicaSetObject[];
const slices = () => bench.api.list('endpointslices', 'shop') as readonly EndpointSliceObject[];
const deployment = () => bench.api.get('deployments', 'shop', 'web') as DeploymentObject;

function restart(): void {
  bench.api.modify('deployments', 'shop', 'web', (copy) => {
    const { template } = (copy as DeploymentObject).spec;
    template.metadata = {
      ...template.metadata,
      annotations: { restartedAt: `t${bench.api.resourceVersion}` },
    };
  });
}

describe('deployment to slices', () => {
  it('turns a Deployment of 4 into four scheduled pods and one slice of four endpoints', async () => {
    bench.api.create('services', webService());
    bench.api.create('deployments', webDeployment(4));
    await bench.settle();

    expect(
      pods()
        .map((pod) => pod.spec.nodeName)
        .sort(),
    ).toEqual(['node-a', 'node-a', 'node-b', 'node-b']);
    const [set] = sets();
    expect(pods().every((pod) => pod.metadata.name.startsWith(`${set?.metadata.name}-`))).toBe(true);
    expect(slices()).toHaveLength(1);
    expect(slices()[0]?.endpoints?.map((endpoint) => endpoint.conditions)).toEqual(
      Array(4).fill({ ready: true, serving: true, terminating: false }),
    );
    expect(deployment().status).toMatchObject({
      observedGeneration: 1,
      replicas: 4,
      updatedReplicas: 4,
      readyReplicas: 4,
      availableReplicas: 4,
    });
    expect(bench.logger.lines.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([]);
  });
});

describe('rolling update', () => {
  const wanted = 8;

  /** Watches the invariants of a rollout after each write to a pod. */
  function watchRollout() {
    const seen = { fewestAvailable: Number.POSITIVE_INFINITY, mostPods: 0 };
    const end = bench.api.watch('pods', () => {
      const active = pods().filter(isPodActive);
      seen.mostPods = Math.max(seen.mostPods, active.length);
      seen.fewestAvailable = Math.min(seen.fewestAvailable, active.filter(isPodReady).length);
    });
    return { seen, end };
  }

  it('keeps at least 75 % available and never exceeds 125 %, whatever the order in which pods become ready', async () => {
    bench.api.create('deployments', webDeployment(wanted));
    await bench.settle();
    const before = new Set(pods().map((pod) => pod.metadata.uid));
    const { seen, end } = watchRollout();
    // One more pod becomes ready per round, and deleted pods end rounds later.
    const allowed = new Set(before);
    kubelet.readiness = (pod) => allowed.has(pod.metadata.uid);
    kubelet.ending = false;
    restart();
    for (let round = 0; round < 4 * wanted; round++) {
      await bench.settle();
      const next = pods().find((pod) => isPodActive(pod) && !allowed.has(pod.metadata.uid));
      if (next) allowed.add(next.metadata.uid);
      kubelet.ending = round % 3 === 2;
      kubelet.poke();
    }
    kubelet.ending = true;
    kubelet.poke();
    await bench.settle();
    end();

    expect(seen.fewestAvailable).toBeGreaterThanOrEqual(wanted * 0.75);
    expect(seen.mostPods).toBeLessThanOrEqual(wanted * 1.25);
    expect(pods()).toHaveLength(wanted);
    expect(pods().some((pod) => before.has(pod.metadata.uid))).toBe(false);
    expect(deployment().status).toMatchObject({ updatedReplicas: wanted, availableReplicas: wanted });
  });

  it('stops at the surge when the new pods never become ready', async () => {
    bench.api.create('deployments', webDeployment(wanted));
    await bench.settle();
    const before = new Set(pods().map((pod) => pod.metadata.uid));
    kubelet.readiness = (pod) => before.has(pod.metadata.uid);
    restart();
    await bench.settle();

    const active = pods().filter(isPodActive);
    expect(active.filter((pod) => before.has(pod.metadata.uid))).toHaveLength(6);
    expect(active.filter((pod) => !before.has(pod.metadata.uid))).toHaveLength(4);
  });

  it('fills two slices with 150 pods and keeps the union right through a restart', async () => {
    bench.api.create('services', webService());
    bench.api.create('deployments', webDeployment(150));
    await bench.settle();
    const sizes = () => slices().map(({ endpoints }) => endpoints?.length ?? 0);
    const union = () =>
      slices().flatMap(({ endpoints }) => (endpoints ?? []).map(({ targetRef }) => targetRef?.uid));
    expect(sizes().reduce((a, b) => a + b)).toBe(150);
    expect(Math.max(...sizes())).toBeLessThanOrEqual(100);
    expect(slices()).toHaveLength(2);

    restart();
    await bench.settle();
    expect(new Set(union())).toEqual(new Set(pods().map((pod) => pod.metadata.uid)));
    expect(union()).toHaveLength(150);
    expect(Math.max(...sizes())).toBeLessThanOrEqual(100);
  });

  it('shows each endpoint of a deleted pod as terminating until the pod is gone', async () => {
    bench.api.create('services', webService());
    bench.api.create('deployments', webDeployment(2));
    await bench.settle();
    kubelet.ending = false;
    bench.api.modify('deployments', 'shop', 'web', (copy) => {
      (copy as DeploymentObject).spec.replicas = 1;
    });
    await bench.settle();
    const conditions = () => slices()[0]?.endpoints?.map((endpoint) => endpoint.conditions);
    expect(conditions()).toContainEqual({ ready: false, serving: true, terminating: true });
    kubelet.ending = true;
    kubelet.poke();
    await bench.settle();
    expect(conditions()).toEqual([{ ready: true, serving: true, terminating: false }]);
  });
});
