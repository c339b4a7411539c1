import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { ResourceRef } from '@fairlead/discovery/kubernetes';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { type Bench, Echo, fairlead, openBench, until } from './harness.js';

const STATEFUL_SETS: ResourceRef = { group: 'apps', version: 'v1', resource: 'statefulsets' };
const PODS: ResourceRef = { group: '', version: 'v1', resource: 'pods' };
const EXAMPLE = fileURLToPath(new URL('../../examples/stateful/', import.meta.url));
const NAMESPACE = 'shop';

let bench: Bench;

const target = (ordinal: number): string => `k8s:///store-${ordinal}.store.${NAMESPACE}:8088`;

function dial(ordinal: number): Echo {
  const client = new Echo(bench.cluster.kubeconfig, target(ordinal));
  onTestFinished(() => client.close());
  return client;
}

interface Status {
  readonly metadata: { readonly generation?: number };
  readonly spec: { readonly replicas: number };
  readonly status: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** Whether all pods are of the newest template and ready. */
async function rolledOut(): Promise<boolean> {
  const { metadata, spec, status } = await bench.api.get<Status>(STATEFUL_SETS, 'store', {
    namespace: NAMESPACE,
  });
  const counts = [status.replicas, status.updatedReplicas, status.readyReplicas];
  const observed = Number(status.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  return observed && counts.every((count) => (count ?? 0) === spec.replicas);
}

const change = (spec: object): Promise<unknown> =>
  bench.api.patch(STATEFUL_SETS, 'store', { spec }, { namespace: NAMESPACE, kind: 'merge' });

const addressOf = async (pod: string): Promise<unknown> =>
  (await bench.api.get<{ status: { podIP?: string } } & Status>(PODS, pod, { namespace: NAMESPACE })).status
    .podIP;

beforeAll(async () => {
  bench = await openBench();
  await bench.cluster.apply(await readFile(`${EXAMPLE}store.yaml`, 'utf8'));
  await until('the pods are up', rolledOut);
});

afterAll(() => bench?.close());

it('each pod of a StatefulSet is called by its own name', async () => {
  const answers = await Promise.all([0, 1, 2].map((ordinal) => dial(ordinal).say({ waitForReady: true })));
  expect(answers).toEqual(['store-0', 'store-1', 'store-2']);
});

it('the command line looks at one pod', async () => {
  const env = { KUBECONFIG: bench.cluster.kubeconfig };
  const { stdout } = await fairlead(['resolve', target(1), '-o', 'json'], env);
  expect(JSON.parse(stdout)).toMatchObject({ endpoints: [{ pod: 'store-1', hostname: 'store-1' }] });
  const call = await fairlead(['call', target(2), '--rate', '50', '--duration', '1', '-o', 'json'], env);
  const { byEndpoint, failed } = JSON.parse(call.stdout) as {
    byEndpoint: Record<string, { pod: string }>;
    failed: number;
  };
  expect(failed).toBe(0);
  expect(Object.values(byEndpoint).map(({ pod }) => pod)).toEqual(['store-2']);
  const doctor = await fairlead(['doctor', target(7), '-o', 'json'], env);
  expect(doctor.code).toBe(1);
  const { checks } = JSON.parse(doctor.stdout) as { checks: { id: string; ok: boolean; text: string }[] };
  expect(checks).toContainEqual(
    expect.objectContaining({
      id: 'endpoints',
      ok: false,
      text: expect.stringContaining(
        'no endpoint has the hostname store-7; they have store-0, store-1, store-2',
      ),
    }),
  );
});

it('a client of one pod follows it through a rolling restart to its new address', async () => {
  const client = dial(1);
  expect(await client.say({ waitForReady: true })).toBe('store-1');
  const before = await addressOf('store-1');
  await change({ template: { metadata: { annotations: { restarted: 'once' } } } });
  await until('the restart is through', rolledOut);
  expect(await addressOf('store-1')).not.toBe(before);
  expect(await client.say({ waitForReady: true, deadlineMs: 30_000 })).toBe('store-1');
});

it('calls for a pod that is scaled away fail in words, and work when it is there again', async () => {
  const client = dial(2);
  expect(await client.say({ waitForReady: true })).toBe('store-2');
  await change({ replicas: 2 });
  await until('the pod is gone', rolledOut);
  await until('a call fails by the hostname', async () => {
    const problem = await client.say().then(String, (error: Error) => error.message);
    return problem.includes('no endpoint has the hostname store-2; they have store-0, store-1');
  });
  await change({ replicas: 3 });
  expect(await client.say({ waitForReady: true, deadlineMs: 60_000 })).toBe('store-2');
});
