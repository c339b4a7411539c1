import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { register } from '@fairlead/client';
import { type EndpointSet, type EndpointSetState, silentLogger, watchEndpoints } from '@fairlead/discovery';
import type { ResourceRef } from '@fairlead/discovery/kubernetes';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { requestToken, writeUserKubeconfig } from './accounts.js';
import {
  type Bench,
  Echo,
  echoManifest,
  faults,
  Load,
  NAMESPACE,
  openBench,
  TARGET,
  until,
} from './harness.js';

const ROLES: ResourceRef = { group: 'rbac.authorization.k8s.io', version: 'v1', resource: 'roles' };
const CLUSTER_IP = `
apiVersion: v1
kind: ServiceAccount
metadata: {name: app, namespace: ${NAMESPACE}}
---
apiVersion: v1
kind: Service
metadata: {name: virtual, namespace: ${NAMESPACE}}
spec: {selector: {app: echo}, ports: [{name: tcp, port: 80, targetPort: 8088}]}
---
apiVersion: v1
kind: Service
metadata: {name: other, namespace: ${NAMESPACE}}
spec: {clusterIP: None, selector: {app: echo}, ports: [{name: tcp, port: 8088}]}
`;
const READER = `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: ${NAMESPACE}}
rules:
  - {apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [get, list, watch]}
  - {apiGroups: [""], resources: [services], verbs: [get, watch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader, namespace: ${NAMESPACE}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{kind: ServiceAccount, name: app, namespace: ${NAMESPACE}}]
`;

let bench: Bench;
let folder: string;
/** Of a ServiceAccount without any right. */
let kubeconfig: string;
const warnings: string[] = [];
let client: Echo | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-fallback-'));
  bench = await openBench();
  await bench.cluster.apply(`${echoManifest(3)}---${CLUSTER_IP}`);
  await until('the deployment is up', () => bench.rolledOut());
  const token = await requestToken(bench, 'app');
  kubeconfig = await writeUserKubeconfig(bench, join(folder, 'app'), { token });
  const logger = { ...silentLogger, warn: (msg: string) => void warnings.push(msg) };
  const dns = { servers: [bench.cluster.dns] };
  Echo.register = () => register({ kubeconfig, clusterNames: true, namespace: NAMESPACE, dns, logger });
});

afterEach(() => client?.close());

afterAll(async () => {
  await bench?.close();
  await rm(folder, { recursive: true });
});

function dial(target: string): Echo {
  client = new Echo(kubeconfig, target);
  return client;
}

function follow(target: string) {
  const sets: EndpointSet[] = [];
  const states: EndpointSetState[] = [];
  const watch = watchEndpoints(target, {
    kubeconfig,
    fallback: 'dns',
    dns: { servers: [bench.cluster.dns] },
    onSet: (set) => sets.push(set),
    onState: (state) => states.push(state),
  });
  return { sets, states, watch };
}

it.each(['serv.nspace.svc.cluster.local:8088', 'serv.nspace.svc:8088', 'serv.nspace:8088', 'serv:8088'])(
  'a client of the plain name %s spreads over the pods by DNS while RBAC denies',
  async (target) => {
    expect((await dial(target).reach(3)).size).toBe(3);
    expect(warnings).toContain('endpoints come from DNS, not from the API server');
  },
);

it('a Service with a cluster IP is reached at that, as without Fairlead', async () => {
  const { sets, watch } = follow('k8s:///virtual.nspace:80');
  await until('a set', () => sets.length > 0);
  watch.close();
  expect(sets[0]).toMatchObject({ source: 'dns', endpoints: [{ addresses: [{ port: 80 }] }] });
});

it('a port by name is found by SRV, with the pods', async () => {
  const { sets, watch } = follow('k8s:///serv.nspace:tcp');
  await until('a set', () => sets.length > 0);
  watch.close();
  expect(sets[0]?.endpoints).toHaveLength(3);
});

it('changes over to the API server when RBAC allows, without a failed call', async () => {
  const { sets, watch } = follow(TARGET);
  const load = new Load(dial('serv.nspace.svc:8088'), 200);
  await until('DNS answers and all pods are called', () => sets.length > 0 && load.pods.size === 3);
  expect(sets.map(({ source }) => source)).toEqual(['dns']);
  await bench.cluster.apply(READER);
  await until('the API server answers', () => sets.at(-1)?.source === 'kubernetes', 90_000);
  const seen = load.calls;
  await until('calls go on', () => load.calls > seen + 200);
  await load.stop();
  watch.close();
  expect(sets.at(-1)?.endpoints.every(({ pod }) => pod?.startsWith('echo-'))).toBe(true);
  expect(load.failures).toEqual([]);
  await bench.api.delete(ROLES, 'reader', { namespace: NAMESPACE });
});

it('asks DNS while the API server is away at start, and changes over when it is back', async (context) => {
  const { stopApi, startApi } = faults(context, bench.cluster, 'stopApi', 'startApi');
  await stopApi();
  // One that was watched before still has what the API server said.
  const { sets, states, watch } = follow('k8s:///other.nspace:8088');
  await until('DNS answers', () => sets.length > 0);
  expect(sets[0]).toMatchObject({ source: 'dns', state: { kind: 'live' } });
  expect(states).toEqual([]);
  await startApi();
  await bench.cluster.apply(READER);
  await until('the API server answers', () => sets.at(-1)?.source === 'kubernetes', 90_000);
  watch.close();
});
