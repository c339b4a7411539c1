import type { ResourceRef } from '@fairlead/discovery/kubernetes';
import { KubeError } from '@fairlead/discovery/kubernetes';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Bench, Echo, echoManifest, Load, NAMESPACE, openBench, until } from './harness.js';

const PODS: ResourceRef = { group: '', version: 'v1', resource: 'pods' };
const NODES: ResourceRef = { group: '', version: 'v1', resource: 'nodes' };
const BUDGETS: ResourceRef = { group: 'policy', version: 'v1', resource: 'poddisruptionbudgets' };

const BUDGET = `
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: echo, namespace: ${NAMESPACE}}
spec: {maxUnavailable: 1, selector: {matchLabels: {app: echo}}}
`;

interface Pod {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
  readonly spec: { readonly nodeName?: string };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
  readonly [field: string]: unknown;
}

let bench: Bench;

beforeAll(async () => {
  bench = await openBench();
  await bench.cluster.apply(`${echoManifest(4)}---${BUDGET}`);
  await until('the deployment is up', () => bench.rolledOut());
  await until('the budget has counted its pods', async () => (await allowed()) === 1);
});

afterAll(() => bench?.close());

async function allowed(): Promise<number | undefined> {
  const { status } = await bench.api.get<Pod & { status?: { disruptionsAllowed?: number } }>(
    BUDGETS,
    'echo',
    {
      namespace: NAMESPACE,
    },
  );
  return status?.disruptionsAllowed;
}

async function pods(): Promise<readonly Pod[]> {
  return (await bench.api.list<Pod>(PODS, { namespace: NAMESPACE })).items;
}

const isReady = ({ metadata, status }: Pod): boolean =>
  !metadata.deletionTimestamp &&
  status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;

/** One eviction as `kubectl drain` asks for it; false when the budget forbids it now. */
async function evict(name: string): Promise<boolean> {
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: NAMESPACE } };
  try {
    await bench.api.create(PODS, eviction, { namespace: NAMESPACE, name, subresource: 'eviction' });
    return true;
  } catch (error) {
    if (error instanceof KubeError && error.status === 429) return false;
    throw error;
  }
}

it('a node that is drained under 300 calls/s with a budget of one pod costs no call', async () => {
  const client = new Echo(bench.cluster.kubeconfig);
  await client.reach(4);
  const load = new Load(client, 300);
  await until('calls reach all pods', () => load.pods.size === 4);

  await bench.api.patch(NODES, 'node-a', { spec: { unschedulable: true } }, { kind: 'merge' });
  const onNode = (await pods())
    .filter(({ spec }) => spec.nodeName === 'node-a')
    .map(({ metadata }) => metadata.name);
  expect(onNode.length).toBeGreaterThan(1);
  let refused = 0;
  let fewest = 4;
  for (const name of onNode) {
    await until(`${name} may go`, async () => {
      fewest = Math.min(fewest, (await pods()).filter(isReady).length);
      const granted = await evict(name);
      if (!granted) refused++;
      return granted;
    });
  }
  await until('the node is empty and the others are ready elsewhere', async () => {
    const now = await pods();
    return now.length === 4 && now.every((pod) => pod.spec.nodeName === 'node-b' && isReady(pod));
  });
  await until('calls reach the new pods', async () => {
    const names = (await pods()).map(({ metadata }) => metadata.name);
    return names.every((name) => load.pods.has(name));
  });
  await load.stop();
  client.close();

  expect(load.failures).toEqual([]);
  expect(load.calls).toBeGreaterThan(300);
  expect(refused).toBeGreaterThan(0);
  expect(fewest).toBeGreaterThanOrEqual(3);
});
