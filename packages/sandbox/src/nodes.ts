import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { BUILTIN_IMAGES } from './images/builtin.js';
import type { SandboxLogger } from './logger.js';
import {
  createNodeAgent,
  type Image,
  type Images,
  type Isolation,
  loadAccess,
  type NodeAgent,
  type ProcessRegistry,
  type ServingOptions,
} from './node-agent/index.js';

export { type CertificateAuthority, createCertificateAuthority, type KeyPair } from './api/index.js';
export { createReaper, createRunDir, type Reaper, reapLeftovers } from './reaper/index.js';

/** One node on a cluster of somebody else's. */
export interface NodeOptions {
  readonly name: string;
  readonly zone: string;
  /** Who the node is: a user `system:node:NAME` of the group `system:nodes`, or an administrator. */
  readonly kubeconfig: string;
  /** IPv4 `/24` of its pods. Its addresses must be on an interface of this machine. */
  readonly podRange: string;
  /** TLS of the log server and its address, which is the node's InternalIP. */
  readonly serving: ServingOptions;
}

/** Options of nodes on a cluster of somebody else's. */
export interface NodesOptions {
  readonly nodes: readonly NodeOptions[];
  /** Folder of the pods' files; exists, mode 0700. */
  readonly runDir: string;
  /** Images that map to local commands (argv), or to functions of this process. Built in: `fairlead/echo`. */
  readonly images?: Images;
  /** Knows the pods' process groups, so that they end however this process ends. Default: nobody does. */
  readonly reaper?: ProcessRegistry;
  /** Default: containers see the machine as it is, with their mounts under `$POD_ROOT`. */
  readonly isolation?: Isolation;
  /** Variables that every container gets. */
  readonly podEnv?: Readonly<Record<string, string>>;
  /** Default: silent. */
  readonly logger?: SandboxLogger;
}

/** Nodes that run. */
export interface Nodes {
  /** SIGKILL to the pod's process group. Rejects when no node has it. */
  killPod(namespace: string, name: string): Promise<void>;
  /** The node and its pods are gone at once, without a word. Rejects when there is no such node. */
  loseNode(name: string): Promise<void>;
  /** One more image, for containers that start from now on. */
  addImage(name: string, image: Image): void;
  /** Ends every pod; the Node objects stay. Idempotent. */
  close(): Promise<void>;
}

/** Makes what tests do to nodes out of their agents, by node name. */
export function nodesOf(agents: ReadonlyMap<string, NodeAgent>): Omit<Nodes, 'addImage'> {
  return {
    async killPod(namespace, name) {
      if (![...agents.values()].some((agent) => agent.kill(namespace, name)))
        throw new Error(`pod ${namespace}/${name} runs on no node here: ${[...agents.keys()].join(', ')}`);
    },
    async loseNode(name) {
      const agent = agents.get(name);
      if (!agent) throw new Error(`node "${name}": accepted are ${[...agents.keys()].join(', ')}`);
      await agent.close(0);
    },
    async close() {
      await Promise.all([...agents.values()].map((agent) => agent.close()));
    },
  };
}

/** Runs nodes whose pods are processes of this machine, on any cluster. Rejects when the API server refuses one. */
export async function startNodes(options: NodesOptions): Promise<Nodes> {
  const { runDir, reaper, isolation, podEnv, logger } = options;
  const images: Record<string, Image> = { ...BUILTIN_IMAGES, ...options.images };
  const agents = new Map(
    options.nodes.map(({ name, zone, kubeconfig, podRange, serving }) => {
      const folder = join(runDir, name);
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const agent = createNodeAgent({
        access: loadAccess({ kubeconfig }),
        nodeName: name,
        zone,
        podRange,
        serving,
        images,
        runDir: folder,
        ...(reaper ? { reaper } : {}),
        ...(isolation ? { isolation } : {}),
        ...(podEnv ? { podEnv } : {}),
        ...(logger ? { logger } : {}),
      });
      return [name, agent];
    }),
  );
  const nodes = nodesOf(agents);
  try {
    await Promise.all([...agents.values()].map((agent) => agent.start()));
  } catch (error) {
    await nodes.close();
    throw error;
  }
  return {
    ...nodes,
    addImage(name, image) {
      images[name] = image;
    },
  };
}
