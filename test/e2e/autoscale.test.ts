import { fileURLToPath } from 'node:url';
import { KubeError, type KubeObject, type ResourceRef } from '@fairlead/discovery/kubernetes';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Bench, Echo, echoManifest, Load, NAMESPACE, openBench, until } from './harness.js';

const IMAGE = 'test/busy-echo';
const POD = fileURLToPath(new URL('./pods/busy-echo.mjs', import.meta.url));
const METRICS: ResourceRef = { group: 'metrics.k8s.io', version: 'v1beta1', resource: 'nodes' };
const EVENTS: ResourceRef = { group: '', version: 'v1', resource: 'events' };
const AUTOSCALERS: ResourceRef = {
  group: 'autoscaling',
  version: 'v2',
  resource: 'horizontalpodautoscalers',
};

const AUTOSCALER = `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: echo, namespace: ${NAMESPACE}}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: echo}
  minReplicas: 1
  maxReplicas: 3
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}]
  behavior:
    scaleDown: {stabilizationWindowSeconds: 5}
`;

interface Event extends KubeObject {
  readonly message: string;
}

interface Autoscaler extends KubeObject {
  readonly status?: {
    readonly currentReplicas?: number;
    readonly desiredReplicas?: number;
  };
}

let bench: Bench;

beforeAll(async () => {
  bench = await openBench({ images: { [IMAGE]: [process.execPath, POD] }, autoscaler: { syncMs: 1000 } });
  const manifest = echoManifest(1, { image: IMAGE })
    .replace(
      'ports: [{containerPort: 8088}]',
      'ports: [{containerPort: 8088}]\n          resources: {requests: {cpu: 100m}}',
    )
    // Busy pods on a busy machine are slow, not unready.
    .replace('periodSeconds: 1}', 'periodSeconds: 1, timeoutSeconds: 10, failureThreshold: 10}');
  await bench.cluster.apply(`${manifest}---${AUTOSCALER}`);
  await until('the deployment is up', () => bench.rolledOut());
});

afterAll(() => bench?.close());

const autoscaler = () => bench.api.get<Autoscaler>(AUTOSCALERS, 'echo', { namespace: NAMESPACE });

it('pods that calls keep busy become more, calls reach the new ones, and idle ones go without a lost call', async (context) => {
  const metrics = await bench.api.list(METRICS).catch((error: unknown) => error);
  if (metrics instanceof KubeError) context.skip('this cluster has no metrics server');
  const client = new Echo(bench.cluster.kubeconfig);
  await client.reach(1);
  const load = new Load(client, 40);
  await until(
    'the autoscaler has added pods',
    async () => ((await autoscaler()).status?.desiredReplicas ?? 0) > 1,
  );
  await until('calls reach more than one pod', () => load.pods.size > 1);
  const query = { fieldSelector: 'involvedObject.name=echo,reason=SuccessfulRescale' };
  const { items } = await bench.api.list<Event>(EVENTS, { namespace: NAMESPACE, query });
  expect(items.map(({ message }) => message)).toContainEqual(
    expect.stringMatching(/^New size: [23]; reason: cpu resource utilization .* above target$/),
  );
  await load.stop();
  await until(
    'the autoscaler has taken pods away',
    async () => (await autoscaler()).status?.currentReplicas === 1,
  );
  const rest = new Load(client, 20);
  await until('the last pod answers', () => rest.calls > 20);
  await rest.stop();
  client.close();
  expect([...load.failures, ...rest.failures]).toEqual([]);
});
