import {
  createKubeClient,
  type KubeClient,
  type KubeObject,
  loadAccess,
} from '@fairlead/discovery/kubernetes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quantityValue } from '../src/api/kinds/quantity.js';
import type { Sandbox } from '../src/sandbox.js';
import { startSandbox } from '../src/start-sandbox.js';

const DEADLINE_MS = 30_000;
const BUSY = `
const child = require('node:child_process').spawn('sleep', ['1000']);
process.on('SIGTERM', () => { child.kill(); process.exit(0); });
setInterval(() => { const end = Date.now() + 20; while (Date.now() < end); }, 25);
`;

const MANIFEST = `
apiVersion: v1
kind: Pod
metadata: {name: busy, namespace: default, labels: {app: busy}}
spec:
  terminationGracePeriodSeconds: 1
  containers:
    - {name: burn, image: x, command: [node, -e, ${JSON.stringify(BUSY)}]}
    - {name: idle, image: x, command: [sleep, '1000']}
---
apiVersion: v1
kind: Pod
metadata: {name: waiting, namespace: default}
spec: {nodeSelector: {disk: none}, containers: [{name: main, image: x, command: [sleep, '1000']}]}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: viewer, namespace: default}
`;

interface Metrics extends KubeObject {
  readonly timestamp: string;
  readonly window: string;
  readonly usage?: Readonly<Record<string, string>>;
  readonly containers?: readonly {
    readonly name: string;
    readonly usage: Readonly<Record<string, string>>;
  }[];
}

const PODS = { group: 'metrics.k8s.io', version: 'v1beta1', resource: 'pods' };
const NODES = { group: 'metrics.k8s.io', version: 'v1beta1', resource: 'nodes' };

let sandbox: Sandbox;
let api: KubeClient;

beforeAll(async () => {
  sandbox = await startSandbox({ port: 0 });
  api = createKubeClient(loadAccess({ kubeconfig: sandbox.kubeconfig }));
  await sandbox.apply(MANIFEST);
});

afterAll(async () => {
  api?.close();
  await sandbox?.close();
});

async function until<T>(what: string, find: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    const found = await find();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`did not happen: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const cpu = (usage: Readonly<Record<string, string>> = {}) => quantityValue(usage.cpu ?? '');

describe('metrics.k8s.io', () => {
  it('tells CPU and memory of each container that runs, with its children', async () => {
    const pod = await until('the pod burns CPU', async () => {
      const { items } = await api.list<Metrics>(PODS, { namespace: 'default' });
      const [found] = items;
      return found && cpu(found.containers?.find(({ name }) => name === 'burn')?.usage) > 0.02
        ? found
        : undefined;
    });
    const names = pod.containers?.map(({ name }) => name).sort();
    expect([pod.metadata.name, names]).toEqual(['busy', ['burn', 'idle']]);
    expect(pod.metadata.labels).toMatchObject({ app: 'busy' });
    expect(pod.window).toMatch(/^\d+(\.\d+)?m?s$/);
    const idle = pod.containers?.find(({ name }) => name === 'idle')?.usage;
    const burn = pod.containers?.find(({ name }) => name === 'burn')?.usage;
    expect(cpu(idle)).toBeLessThan(cpu(burn));
    expect(quantityValue(burn?.memory ?? '')).toBeGreaterThan(quantityValue(idle?.memory ?? ''));
  });

  it('tells it of nodes, each with its own pods alone', async () => {
    const { spec } = await api.get<KubeObject & { spec: { nodeName: string } }>(
      { group: '', version: 'v1', resource: 'pods' },
      'busy',
      { namespace: 'default' },
    );
    const { items } = await api.list<Metrics>(NODES);
    expect(items.map(({ metadata }) => metadata.name)).toEqual(['node-a', 'node-b']);
    const idle = items.find(({ metadata }) => metadata.name !== spec.nodeName);
    expect(idle?.usage).toEqual({ cpu: '0', memory: '0' });
    const busy = await api.get<Metrics>(NODES, spec.nodeName);
    expect(quantityValue(busy.usage?.memory ?? '')).toBeGreaterThan(1e6);
  });

  it('selects by labels, and refuses what there is not', async () => {
    const query = { labelSelector: 'app=other' };
    expect((await api.list(PODS, { namespace: 'default', query })).items).toEqual([]);
    const refused = (name: string) => api.get(PODS, name, { namespace: 'default' });
    await expect(refused('nothing')).rejects.toThrow('pods "nothing" not found');
    await expect(refused('waiting')).rejects.toThrow('podmetrics.metrics.k8s.io "default/waiting" not found');
    await expect(api.delete(PODS, 'busy', { namespace: 'default' })).rejects.toMatchObject({ status: 405 });
  });

  it('is behind RBAC', async () => {
    const path = { group: 'authorization.k8s.io', version: 'v1', resource: 'subjectaccessreviews' };
    const review = (resource: string) =>
      api.create<KubeObject & { status: { allowed: boolean } }>(path, {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        metadata: { name: '' },
        spec: {
          user: 'system:serviceaccount:default:viewer',
          resourceAttributes: { group: 'metrics.k8s.io', verb: 'list', resource, namespace: 'default' },
        },
      });
    expect((await review('pods')).status.allowed).toBe(false);
    const bindings = { group: 'rbac.authorization.k8s.io', version: 'v1', resource: 'rolebindings' };
    await api.create(bindings, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'viewer', namespace: 'default' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      subjects: [{ kind: 'ServiceAccount', name: 'viewer', namespace: 'default' }],
    });
    expect((await review('pods')).status.allowed).toBe(true);
  });

  it('goes on when a node is lost: its pods have no metrics', async () => {
    await sandbox.faults.loseNode('node-b');
    const left = await until('the node is missing', async () => {
      const { items } = await api.list<Metrics>(NODES);
      return items.length === 1 ? items : undefined;
    });
    expect(left[0]?.metadata.name).toBe('node-a');
  });
});
