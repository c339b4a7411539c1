import {
  createKubeClient,
  type KubeClient,
  type KubeObject,
  loadAccess,
} from '@fairlead/discovery/kubernetes';
import { applyManifest, type ManifestApi } from '@fairlead/sandbox';
import {
  createReaper,
  createRunDir,
  type NodeOptions,
  type Nodes,
  startNodes,
} from '@fairlead/sandbox/nodes';
import type { TestCluster, TestClusterOptions } from '@fairlead/sandbox/testing';
import { waitFor } from '#commands/wait.js';
import { CLUSTER_DNS } from './addresses.js';
import { type Commands, remoteCommands, SOCKET_VARIABLE } from './control-socket.js';

const NODES = [
  { name: 'node-a', zone: 'zone-a' },
  { name: 'node-b', zone: 'zone-b' },
];
/** Namespaces that a cluster has from the start. */
const OWN = new Set(['default', 'kube-system', 'kube-public', 'kube-node-lease']);
const NAMESPACES = { group: '', version: 'v1', resource: 'namespaces' };
const PODS = { group: '', version: 'v1', resource: 'pods' };
const NODE_OBJECTS = { group: '', version: 'v1', resource: 'nodes' };
const LEASES = { group: 'coordination.k8s.io', version: 'v1', resource: 'leases' };
/** The namespace controller looks again after 5 s and more. */
const CLEAN_MS = 90_000;

const READY_MS = 30_000;

interface NodeObject extends KubeObject {
  readonly spec?: { readonly taints?: readonly unknown[] };
}

const ignoreNotFound = (error: { readonly status?: number }): void => {
  if (error.status !== 404) throw error;
};

function manifestApi(client: KubeClient): ManifestApi {
  return {
    create: (kind, { ...object }) => {
      const { namespace } = object.metadata;
      return client.create(kind, { ...object, metadata: { ...object.metadata } }, { namespace });
    },
    patch: (kind, { ...object }) => {
      const { name, namespace } = object.metadata;
      return client.patch(kind, name, object, { namespace, kind: 'strategic' });
    },
  };
}

/** Takes everything out that tests made: pods at once, then namespaces, then the nodes. */
async function clean(client: KubeClient, nodes: readonly NodeOptions[]): Promise<void> {
  const made = async (): Promise<string[]> => {
    const { items } = await client.list(NAMESPACES);
    return items.map(({ metadata }) => metadata.name ?? '').filter((name) => !OWN.has(name));
  };
  for (const name of await made()) await client.delete(NAMESPACES, name).catch(ignoreNotFound);
  const body = { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0 };
  await waitFor(
    'the namespaces of the tests are gone',
    async () => {
      for (const { metadata } of (await client.list(PODS)).items) {
        const { name = '', namespace } = metadata;
        await client.delete(PODS, name, { namespace, body }).catch(ignoreNotFound);
      }
      return (await made()).length === 0;
    },
    { timeoutMs: CLEAN_MS },
  );
  for (const { name } of nodes) {
    await client.delete(NODE_OBJECTS, name).catch(ignoreNotFound);
    await client.delete(LEASES, name, { namespace: 'kube-node-lease' }).catch(ignoreNotFound);
  }
}

/** Waits until the scheduler may use every node: new ones are tainted until a controller has seen them ready. */
function schedulable(client: KubeClient, nodes: readonly NodeOptions[]): Promise<void> {
  return waitFor(
    'the nodes are schedulable',
    async () => {
      const { items } = await client.list<NodeObject>(NODE_OBJECTS);
      const open = new Set(
        items.filter(({ spec }) => !spec?.taints?.length).map(({ metadata }) => metadata.name),
      );
      return nodes.every(({ name }) => open.has(name));
    },
    { timeoutMs: READY_MS },
  );
}

interface Parts {
  readonly client: KubeClient;
  readonly commands: Commands;
  readonly nodes: Nodes;
  readonly nodeOptions: readonly NodeOptions[];
  readonly reaper: { close(): Promise<void> };
  readonly kubeconfig: string;
}

function testCluster({ client, commands, nodes, nodeOptions, reaper, kubeconfig }: Parts): TestCluster {
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= clean(client, nodeOptions).finally(async () => {
      await nodes.close();
      await reaper.close();
      client.close();
    });
    return closing;
  };
  const { stopApi, startApi, compact, reset } = commands;
  const { killPod, loseNode } = nodes;
  return {
    kubeconfig,
    dns: `${CLUSTER_DNS}:53`,
    faults: { stopApi, startApi, compact, reset, killPod, loseNode },
    apply: (yaml) => applyManifest(manifestApi(client), yaml),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Serves one test file with the cluster of the run: with nodes of its own, whose pods are children of this process. */
export async function startTestCluster(options: TestClusterOptions = {}): Promise<TestCluster> {
  const socket = process.env[SOCKET_VARIABLE];
  if (socket === undefined) throw new Error(`${SOCKET_VARIABLE} is missing: run npm run conformance`);
  const commands = remoteCommands(socket);
  const kubeconfig = await commands.kubeconfig();
  const nodeOptions = await commands.nodes(options.nodes ?? NODES);
  const runDir = createRunDir();
  const reaper = createReaper({ runDir });
  const client = createKubeClient(loadAccess({ kubeconfig }));
  let nodes: Nodes | undefined;
  try {
    const { images } = options;
    nodes = await startNodes({ nodes: nodeOptions, runDir, reaper, ...(images ? { images } : {}) });
    await schedulable(client, nodeOptions);
    return testCluster({ client, commands, nodes, nodeOptions, reaper, kubeconfig });
  } catch (error) {
    await nodes?.close();
    await reaper.close();
    client.close();
    throw error;
  }
}
