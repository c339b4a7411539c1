import type { KubeError } from '@fairlead/discovery/kubernetes';
import { fail, lineContext } from '../namespace/lines.js';
import type { PartContext } from '../part.js';
import { judgeAudit } from './audit.js';
import { judgeCompaction } from './compaction.js';
import type { ControlPlane } from './control-plane.js';
import { judgeDemo } from './demo.js';
import { judgeNodes } from './nodes.js';
import { kubernetesVersion } from './program.js';
import { withNodes, withRealCluster } from './real-cluster.js';
import { startServiceProxy } from './service-proxy.js';
import { runTests } from './tests.js';
import { judgeXdsDeploy } from './xds-deploy.js';

// Runs inside the network namespace: inside.js KUBE COREDNS. Standard input is the lifeline: its end is the end.

/** Files of `test/e2e` that hold on any cluster which runs pods. */
const TESTS = [
  'client',
  'rolling-update',
  'access',
  'many-endpoints',
  'node-lost',
  'dns',
  'fallback',
  'cli',
  'kubectl-streams',
];
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

async function judge(kube: string, dns: string, context: PartContext): Promise<void> {
  await withRealCluster({ kube, dns, context }, async ({ plane, socket, reaper, audit }) => {
    if (!(await startServiceProxy(plane, kube)))
      context.log('no kube-proxy: nft (package nftables) is missing or denied, so virtual IPs lead nowhere');
    await judgeVersion(plane, context);
    await judgeCompaction(plane, context);
    await withNodes(socket, async (cluster) => {
      await judgeNodes(plane, cluster, context);
      await judgeXdsDeploy(plane, cluster, context);
      await judgeDemo(cluster.kubeconfig, context);
    });
    await runTests({ files: filesOf(TESTS), socket, reaper, context });
    judgeAudit(audit, context);
    // As servers before 1.32 and those of 1.33 are by default.
    await plane.restartApi('WatchList=false');
    await judgeWatchList(plane, context);
    const prefix = 'without WatchList: ';
    await runTests({ files: filesOf(WATCH_TESTS), socket, reaper, context, prefix });
  });
}

judge(process.argv[2] ?? '', process.argv[3] ?? '', lineContext()).catch(fail);
