import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolveEndpoints } from '@fairlead/discovery';
import type { KubeObject, ResourceRef } from '@fairlead/discovery/kubernetes';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { account, mayWatch, requestToken, writeUserKubeconfig } from './accounts.js';
import { type Bench, Echo, fairlead, Load, NAMESPACE, openBench, until } from './harness.js';

const TARGET = `k8s:///serv.${NAMESPACE}:8088`;
const PODS: ResourceRef = { group: '', version: 'v1', resource: 'pods' };
const DEPLOYMENTS: ResourceRef = { group: 'apps', version: 'v1', resource: 'deployments' };
const SERVICES: ResourceRef = { group: '', version: 'v1', resource: 'services' };
const NODE: ResourceRef = { group: '', version: 'v1', resource: 'nodes' };
/** No pod of the test runs on the last one. */
const NODES = [
  { name: 'node-a', zone: 'zone-a' },
  { name: 'node-b', zone: 'zone-b' },
  { name: 'spare', zone: 'zone-b' },
];

/** A Deployment whose pods all run in one zone. */
const inZone = (zone: string): string => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: in-${zone}, namespace: ${NAMESPACE}}
spec:
  replicas: 2
  selector: {matchLabels: {app: echo, in: ${zone}}}
  template:
    metadata: {labels: {app: echo, in: ${zone}}}
    spec:
      nodeSelector: {topology.kubernetes.io/zone: ${zone}}
      terminationGracePeriodSeconds: 10
      containers:
        - name: echo
          image: fairlead/echo
          ports: [{containerPort: 8088}]
          readinessProbe: {grpc: {port: 8088}, periodSeconds: 1, timeoutSeconds: 5}
---`;

const MANIFEST = `
apiVersion: v1
kind: Namespace
metadata: {name: ${NAMESPACE}}
---
apiVersion: v1
kind: Service
metadata: {name: serv, namespace: ${NAMESPACE}}
spec:
  clusterIP: None
  selector: {app: echo}
  trafficDistribution: PreferSameZone
  ports: [{name: tcp, port: 8088, targetPort: 8088}]
---
${inZone('zone-a')}${inZone('zone-b')}`;

let bench: Bench;
let folder: string;
const open: Echo[] = [];

beforeAll(async () => {
  bench = await openBench({ nodes: NODES });
  await bench.api.patch(NODE, 'spare', { spec: { unschedulable: true } });
  folder = await mkdtemp(join(tmpdir(), 'fairlead-zones-'));
  await bench.cluster.apply(MANIFEST);
  await hintedPods(4);
});

afterEach(() => {
  for (const echo of open.splice(0)) echo.close();
});

afterAll(async () => {
  await bench?.close();
  await rm(folder, { recursive: true, force: true });
});

function dial(options: ConstructorParameters<typeof Echo>[2]): Echo {
  const echo = new Echo(bench.cluster.kubeconfig, TARGET, options);
  open.push(echo);
  return echo;
}

/** Waits until so many pods are ready and all of them have hints. */
async function hintedPods(count: number): Promise<void> {
  await until(`${count} pods have hints`, async () => {
    const { endpoints } = await resolveEndpoints(TARGET, { kubeconfig: bench.cluster.kubeconfig });
    const ready = endpoints.filter((each) => each.ready);
    return ready.length === count && ready.every(({ forZones }) => forZones?.length === 1);
  });
}

async function scale(zone: string, replicas: number): Promise<void> {
  await bench.api.patch(DEPLOYMENTS, `in-${zone}`, { spec: { replicas } }, { namespace: NAMESPACE });
}

/** The nodes of the pods that were called since `load.pods` was last cleared. */
async function nodesOf(load: Load): Promise<string[]> {
  const nodeOf = await nodeByPod();
  return [...new Set([...load.pods.keys()].map((pod) => nodeOf.get(pod) ?? `gone: ${pod}`))].sort();
}

async function nodeByPod(): Promise<Map<string | undefined, string | undefined>> {
  const { items } = await bench.api.list<KubeObject>(PODS, { namespace: NAMESPACE });
  return new Map(
    items.map(({ metadata, spec }) => [metadata.name, (spec as { nodeName?: string }).nodeName]),
  );
}

/** Counts anew and waits for so many calls. */
async function fresh(load: Load, calls = 200): Promise<void> {
  load.pods.clear();
  const from = load.calls;
  await until(`${calls} more calls`, () => load.calls > from + calls);
}

it('sends every call to its own zone, to the others while it has no pod, and loses none', async () => {
  const echo = dial({ 'fairlead.zone': 'zone-a' });
  await echo.reach(2);
  const load = new Load(echo, 200);
  await fresh(load);
  expect(await nodesOf(load)).toEqual(['node-a']);

  await scale('zone-a', 0);
  await hintedPods(2);
  await until('the other zone is called', async () => {
    await fresh(load, 50);
    return (await nodesOf(load)).join() === 'node-b';
  });

  await scale('zone-a', 2);
  await hintedPods(4);
  await until('the own zone is called again', async () => {
    await fresh(load, 50);
    return (await nodesOf(load)).join() === 'node-a';
  });
  await load.stop();
  expect(load.failures).toEqual([]);
});

/** Calls for two seconds as somebody in a place; says which part of them stayed on each node. */
async function callFrom(env: NodeJS.ProcessEnv): Promise<Record<string, number>> {
  const ran = await fairlead(['call', TARGET, '--duration', '2', '-o', 'json'], env);
  expect(ran.code, ran.stderr).toBe(0);
  const report: { calls: number; byEndpoint: Record<string, { pod: string; calls: number }> } = JSON.parse(
    ran.stdout,
  );
  const nodeOf = await nodeByPod();
  const shares: Record<string, number> = {};
  for (const { pod, calls } of Object.values(report.byEndpoint)) {
    const node = nodeOf.get(pod) ?? pod;
    shares[node] = (shares[node] ?? 0) + calls / report.calls;
  }
  return shares;
}

it('finds its zone by the labels of the pod, by a neighbour, by its node, or not at all', async () => {
  await bench.cluster.apply(`${account('app')}---\n${mayWatch('app')}`);
  const token = await requestToken(bench, 'app');
  const KUBECONFIG = await writeUserKubeconfig(bench, join(folder, 'app'), { token });
  const admin = bench.cluster.kubeconfig;
  const labels = join(folder, 'labels');
  await writeFile(labels, 'app="client"\ntopology.kubernetes.io/zone="zone-a"\n');
  const places = {
    labels: { KUBECONFIG, FAIRLEAD_POD_LABELS: labels },
    neighbour: { KUBECONFIG, FAIRLEAD_NODE: 'node-b' },
    node: { KUBECONFIG: admin, FAIRLEAD_NODE: 'spare' },
    denied: { KUBECONFIG, FAIRLEAD_NODE: 'spare' },
  };
  const [byLabels, byNeighbour, byNode, denied, doctor] = await Promise.all([
    callFrom(places.labels),
    callFrom(places.neighbour),
    callFrom(places.node),
    callFrom(places.denied),
    fairlead(['doctor', TARGET], places.denied),
  ]);
  expect(Object.keys(byLabels)).toEqual(['node-a']);
  expect(Object.keys(byNeighbour)).toEqual(['node-b']);
  // The first calls do not wait for the node.
  expect(byNode['node-b']).toBeGreaterThan(0.6);
  expect(Object.keys(denied).sort()).toEqual(['node-a', 'node-b']);
  expect(doctor.stdout).toContain(
    `the zone of clients here is not known: ServiceAccount ${NAMESPACE}:app may not get nodes, and no endpoint runs on node spare`,
  );
  expect(doctor.code).toBe(0);
});

it('calls all zones from a place that is not known, and where the Service asks for nothing', async () => {
  const nowhere = dial({});
  expect((await nowhere.reach(4)).size).toBe(4);
  const off = dial({ 'fairlead.zone': 'zone-a', 'fairlead.policy': '{"zone": {"hints": false}}' });
  expect((await off.reach(4)).size).toBe(4);
  const spec = { trafficDistribution: null };
  await bench.api.patch(SERVICES, 'serv', { spec }, { namespace: NAMESPACE });
  const unhinted = dial({ 'fairlead.zone': 'zone-a' });
  expect((await unhinted.reach(4)).size).toBe(4);
});

it('stays on its own node where the Service asks for that', async () => {
  const spec = { trafficDistribution: 'PreferSameNode' };
  await bench.api.patch(SERVICES, 'serv', { spec }, { namespace: NAMESPACE });
  await until('all pods have hints for nodes', async () => {
    const { endpoints } = await resolveEndpoints(TARGET, { kubeconfig: bench.cluster.kubeconfig });
    return endpoints.length === 4 && endpoints.every(({ forNodes }) => forNodes?.length === 1);
  });
  const load = new Load(dial({ 'fairlead.zone': 'zone-a', 'fairlead.node': 'node-b' }), 200);
  await fresh(load);
  await load.stop();
  expect(load.failures).toEqual([]);
  expect(await nodesOf(load)).toEqual(['node-b']);
});
