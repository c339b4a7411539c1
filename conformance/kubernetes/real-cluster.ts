import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createReaper, createRunDir, type Reaper, reapLeftovers } from '@fairlead/sandbox/nodes';
import type { TestCluster } from '@fairlead/sandbox/testing';
import { claimNetworks } from '../namespace/namespace.js';
import type { PartContext } from '../part.js';
import { NETWORKS } from './addresses.js';
import { createAudit } from './audit.js';
import { startClusterDns } from './cluster-dns.js';
import { type ControlPlane, startControlPlane } from './control-plane.js';
import { commandsOf, SOCKET_VARIABLE, serveCommands } from './control-socket.js';
import { createCredentials } from './credentials.js';
import type { AuditFiles } from './flags.js';
import { startTestCluster } from './test-cluster.js';

/** A real Kubernetes without nodes, in the network namespace that this process is in. */
export interface RealCluster {
  readonly plane: ControlPlane;
  /** Where other processes reach the control plane. */
  readonly socket: string;
  readonly reaper: Reaper;
  readonly audit: AuditFiles;
}

/** The programs of the cluster; without `dns` it has no cluster DNS. */
export interface RealClusterOptions {
  readonly kube: string;
  readonly dns?: string;
  readonly context: PartContext;
}

/** Starts a real Kubernetes for as long as `use` takes; whatever ends it, no program stays. */
export async function withRealCluster(
  { kube, dns, context }: RealClusterOptions,
  use: (cluster: RealCluster) => Promise<void>,
): Promise<void> {
  await reapLeftovers();
  const runDir = createRunDir();
  const reaper = createReaper({ runDir });
  try {
    await claimNetworks(NETWORKS);
    const keys = join(runDir, 'keys');
    mkdirSync(keys, { mode: 0o700 });
    const credentials = createCredentials(keys);
    const audit = createAudit(runDir);
    const { signal } = context;
    const plane = await startControlPlane({ binary: kube, runDir, reaper, signal, credentials, audit });
    const socket = join(runDir, 'control.sock');
    const commands = await serveCommands(socket, commandsOf(plane));
    try {
      if (dns !== undefined) await startClusterDns(plane, dns, runDir);
      context.log(`real Kubernetes runs, logs in ${runDir}`);
      await use({ plane, socket, reaper, audit });
    } finally {
      await commands.close();
      await plane.close();
    }
  } finally {
    await reaper.close();
  }
}

/** The cluster with nodes in this process. */
export async function withNodes(socket: string, use: (cluster: TestCluster) => Promise<void>): Promise<void> {
  process.env[SOCKET_VARIABLE] = socket;
  const cluster = await startTestCluster();
  try {
    await use(cluster);
  } finally {
    await cluster.close();
  }
}
