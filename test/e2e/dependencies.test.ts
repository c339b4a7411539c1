import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ResourceRef } from '@fairlead/discovery/kubernetes';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Bench, Echo, echoManifest, Load, NAMESPACE, openBench, until } from './harness.js';

const PODS: ResourceRef = { group: '', version: 'v1', resource: 'pods' };
const IMAGE = 'test/dependent-echo';
const POD = fileURLToPath(new URL('./pods/dependent-echo.mjs', import.meta.url));
const PROBES = `readinessProbe: {grpc: {port: 8088, service: readiness}, periodSeconds: 1, failureThreshold: 1, timeoutSeconds: 5}
          livenessProbe: {httpGet: {port: 8089, path: /livez}, periodSeconds: 1, failureThreshold: 2, timeoutSeconds: 10}
          startupProbe: {grpc: {port: 8088, service: liveness}, periodSeconds: 1, failureThreshold: 60, timeoutSeconds: 5}`;

interface Pod {
  readonly metadata: { readonly name: string };
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly { readonly restartCount: number }[];
  };
  readonly [field: string]: unknown;
}

let bench: Bench;
let trouble: string;

beforeAll(async () => {
  trouble = mkdtempSync(join(tmpdir(), 'fairlead-trouble-'));
  bench = await openBench({ images: { [IMAGE]: [process.execPath, POD, trouble] } });
  await bench.cluster.apply(echoManifest(2, { image: IMAGE }).replace(/readinessProbe: .*/, PROBES));
  await until('the deployment is up', () => bench.rolledOut());
});

afterAll(async () => {
  await bench?.close();
  rmSync(trouble, { recursive: true, force: true });
});

const pods = async (): Promise<readonly Pod[]> =>
  (await bench.api.list<Pod>(PODS, { namespace: NAMESPACE })).items;

async function isReady(name: string): Promise<boolean> {
  const pod = (await pods()).find(({ metadata }) => metadata.name === name);
  return pod?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
}

it('a pod whose dependency is away gets no calls until it is back, loses none, and is not restarted', async () => {
  const client = new Echo(bench.cluster.kubeconfig);
  const [one = '', other = ''] = await client.reach(2);
  const load = new Load(client, 100);
  writeFileSync(join(trouble, one), '');
  await until('the pod is not ready', async () => !(await isReady(one)));
  // The client hears of it a moment later than the test may.
  await until('calls go to the other pod alone', async () => {
    const before = load.pods.get(one) ?? 0;
    const target = (load.pods.get(other) ?? 0) + 50;
    await until('fifty calls', () => (load.pods.get(other) ?? 0) >= target);
    return (load.pods.get(one) ?? 0) === before;
  });
  rmSync(join(trouble, one));
  const away = load.pods.get(one) ?? 0;
  await until('the pod gets calls again', () => (load.pods.get(one) ?? 0) > away);
  await load.stop();
  client.close();
  expect(load.failures).toEqual([]);
  const restarts = (await pods()).map(({ status }) => status?.containerStatuses?.[0]?.restartCount);
  expect(restarts).toEqual([0, 0]);
});
