import type { ResourceRef } from '@fairlead/discovery/kubernetes';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Bench, Echo, Load, openBench, until } from './harness.js';

const DAEMON_SETS: ResourceRef = { group: 'apps', version: 'v1', resource: 'daemonsets' };
const PODS: ResourceRef = { group: '', version: 'v1', resource: 'pods' };
const NAMESPACE = 'daemons';
const MANIFEST = `
apiVersion: v1
kind: Namespace
metadata: {name: ${NAMESPACE}}
---
apiVersion: v1
kind: Service
metadata: {name: agent, namespace: ${NAMESPACE}}
spec: {clusterIP: None, selector: {app: agent}, ports: [{name: grpc, port: 8088}]}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: ${NAMESPACE}}
spec:
  selector: {matchLabels: {app: agent}}
  updateStrategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}
  template:
    metadata: {labels: {app: agent}}
    spec:
      containers:
        - name: echo
          image: fairlead/echo
          ports: [{name: grpc, containerPort: 8088}]
          readinessProbe: {grpc: {port: 8088}, periodSeconds: 1, timeoutSeconds: 5}
`;

let bench: Bench;

interface Daemons {
  readonly metadata: { readonly generation?: number };
  readonly status: Readonly<Record<string, number>>;
  readonly [field: string]: unknown;
}

async function rolledOut(): Promise<boolean> {
  const { metadata, status } = await bench.api.get<Daemons>(DAEMON_SETS, 'agent', { namespace: NAMESPACE });
  const { desiredNumberScheduled = 0, updatedNumberScheduled, numberAvailable, observedGeneration } = status;
  return (
    (observedGeneration ?? 0) >= (metadata.generation ?? 0) &&
    desiredNumberScheduled > 0 &&
    updatedNumberScheduled === desiredNumberScheduled &&
    numberAvailable === desiredNumberScheduled
  );
}

beforeAll(async () => {
  bench = await openBench();
  await bench.cluster.apply(MANIFEST);
  await until('a pod runs on each node', rolledOut);
});

afterAll(() => bench?.close());

it('a DaemonSet has a pod on each node, and no call is lost while all are replaced with a surge', async () => {
  const { items } = await bench.api.list<{ spec: { nodeName?: string } } & Daemons>(PODS, {
    namespace: NAMESPACE,
  });
  expect(new Set(items.map(({ spec }) => spec.nodeName)).size).toBe(2);
  const client = new Echo(bench.cluster.kubeconfig, `k8s:///agent.${NAMESPACE}:8088`);
  const before = await client.reach(2);
  const load = new Load(client, 100);
  const template = { metadata: { annotations: { restarted: 'once' } } };
  await bench.api.patch(
    DAEMON_SETS,
    'agent',
    { spec: { template } },
    { namespace: NAMESPACE, kind: 'merge' },
  );
  await until('all pods are new', rolledOut);
  load.pods.clear();
  await until(
    'both new pods answer',
    () => [...load.pods.keys()].filter((pod) => !before.has(pod)).length === 2,
  );
  await load.stop();
  expect(load.failures).toEqual([]);
  client.close();
});
