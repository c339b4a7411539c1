import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { KubeError } from '@fairlead/discovery/kubernetes';
import { createReaper, createRunDir, type Reaper, reapLeftovers } from '@fairlead/sandbox/nodes';
import type { TestCluster } from '@fairlead/sandbox/testing';
import { fail, lineContext } from '../namespace/lines.js';
import { claimNetworks } from '../namespace/namespace.js';
import type { PartContext } from '../part.js';
import { NETWORKS } from './addresses.js';
import { createAudit, judgeAudit } from './audit.js';
import { startClusterDns } from './cluster-dns.js';
import { judgeCompaction } from './compaction.js';
import { type ControlPlane, startControlPlane } from './control-plane.js';
import { commandsOf, SOCKET_VARIABLE, serveCommands } from './control-socket.js';
import { createCredentials } from './credentials.js';
import { judgeDemo } from './demo.js';
import { judgeNodes } from './nodes.js';
import { kubernetesVersion } from './program.js';
import { startServiceProxy } from './service-proxy.js';
import { startTestCluster } from './test-cluster.js';
import { runTests } from './tests.js';

// Runs inside the network namespace: inside.js KUBE COREDNS. Standard input is the lifeline: its end is the end.

/** Files of `test/e2e` that hold on any cluster which runs pods. */
const TESTS = ['client', 'rolling-update', 'access', 'many-endpoints', 'node-lost', 'cli'];
/** Those that are about lists and watches: they run once more on an API server that streams no lists. */
const WATCH_TESTS = ['client', 'many-endpoints'];

const filesOf = (names: readonly string[]): string[] => names.map((name) => `test/e2e/${name}.test.ts`);

async function judgeVersion(plane: ControlPlane, { report }: PartContext): Promise<void> {
  const { gitVersion } = JSON.parse((await plane.get('/version')).body) as { gitVersion?: string };
  report({
    case: 'the API server is the one that go.mod names',
    expected: kubernetesVersion(),
    got: String(gitVersion),
  });
}

/** Shows that the API server refuses what it should refuse then. */
async function judgeWatchList({ client }: ControlPlane, { report }: PartContext): Promise<void> {
  const ref = { group: '', version: 'v1', resource: 'configmaps' };
  const query = { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan', allowWatchBookmarks: true };
  const got = await client.watch(ref, { query, signal: AbortSignal.timeout(10_000) }).then(
    () => 'a stream',
    (error: KubeError) => `${error.status} ${error.reason}`,
  );
  report({ case: 'without WatchList: a streamed list is refused', expected: '422 Invalid', got });
}

/** A cluster with nodes in this process, for what is not a test file. */
async function withNodes(socket: string, use: (cluster: TestCluster) => Promise<void>): Promise<void> {
  process.env[SOCKET_VARIABLE] = socket;
  const cluster = await startTestCluster();
  try {
    await use(cluster);
  } finally {
    await cluster.close();
  }
}

interface Run {
  readonly kube: string;
  readonly dns: string;
  readonly runDir: string;
  readonly reaper: Reaper;
  readonly context: PartContext;
}

async function judge({ kube, dns, runDir, reaper, context }: Run): Promise<void> {
  const { signal } = context;
  await claimNetworks(NETWORKS);
  const keys = join(runDir, 'keys');
  mkdirSync(keys, { mode: 0o700 });
  const credentials = createCredentials(keys);
  const audit = createAudit(runDir);
  const plane = await startControlPlane({ binary: kube, runDir, reaper, signal, credentials, audit });
  await startClusterDns(plane, dns, runDir);
  if (!(await startServiceProxy(plane, kube)))
    context.log('no kube-proxy: nft (package nftables) is missing or denied, so virtual IPs lead nowhere');
  context.log(`real Kubernetes runs, logs in ${runDir}`);
  const socket = join(runDir, 'control.sock');
  const commands = await serveCommands(socket, commandsOf(plane));
  try {
    await judgeVersion(plane, context);
    await judgeCompaction(plane, context);
    await withNodes(socket, async (cluster) => {
      await judgeNodes(plane, cluster, context);
      await judgeDemo(cluster.kubeconfig, context);
    });
    await runTests({ files: filesOf(TESTS), socket, reaper, context });
    judgeAudit(audit, context);
    // As servers before 1.32 and those of 1.33 are by default.
    await plane.restartApi('WatchList=false');
    await judgeWatchList(plane, context);
    const prefix = 'without WatchList: ';
    await runTests({ files: filesOf(WATCH_TESTS), socket, reaper, context, prefix });
  } finally {
    await commands.close();
    await plane.close();
  }
}

async function main(kube: string, dns: string): Promise<void> {
  await reapLeftovers();
  const runDir = createRunDir();
  const reaper = createReaper({ runDir });
  try {
    await judge({ kube, dns, runDir, reaper, context: lineContext() });
  } finally {
    await reaper.close();
  }
}

main(process.argv[2] ?? '', process.argv[3] ?? '').catch(fail);
