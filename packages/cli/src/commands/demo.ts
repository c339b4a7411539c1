import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { withOutputOption } from '../cluster-options.js';
import type { DemoReport } from '../demo/claim.js';
import type { DemoCluster } from '../demo/cluster.js';
import type { Follower } from '../demo/follower.js';
import type { Screen } from '../demo/screen.js';
import { CheckFailed } from '../errors.js';
import { listenForInterrupt } from '../interrupt.js';

interface DemoOptions {
  readonly kubeconfig?: string;
  readonly output?: 'json';
}

const MANIFEST = new URL('../../manifests/serv-ca.yaml', import.meta.url);

/** The pods that there are, once somebody follows them. */
interface PodView {
  follower?: Follower;
}

interface Telling {
  readonly cluster: DemoCluster;
  readonly screen: Screen;
  readonly pods: PodView;
  readonly signal: AbortSignal;
}

async function tell({ cluster, screen, pods, signal }: Telling): Promise<DemoReport> {
  const { setStage } = await import('../demo/set-stage.js');
  const { tellStory } = await import('../demo/story.js');
  const { createWaits } = await import('../demo/waits.js');
  const set = await setStage({
    cluster,
    manifest: await readFile(MANIFEST, 'utf8'),
    screen,
    waits: createWaits(signal),
    onFollower(follower) {
      pods.follower = follower;
    },
  });
  try {
    return await tellStory(set.stage, signal);
  } finally {
    await set.close();
  }
}

async function demo({ kubeconfig, output }: DemoOptions): Promise<void> {
  // grpc-js reads both when it loads: only c-ares asks the server of dns://SERVER/NAME, and its log would write into
  // the chart.
  process.env.GRPC_NODE_USE_ALTERNATIVE_RESOLVER ??= 'true';
  process.env.GRPC_VERBOSITY ??= 'NONE';
  const { signal, dispose } = listenForInterrupt();
  const { existingCluster, sandboxCluster } = await import('../demo/cluster.js');
  const { createScreen } = await import('../demo/screen.js');
  const pods: PodView = {};
  const screen = createScreen({
    stdout: process.stdout,
    silent: output === 'json',
    endpoints: () => pods.follower?.endpoints ?? [],
  });
  const cluster = await (kubeconfig === undefined
    ? screen.progress('a cluster starts: API server, DNS, two nodes', sandboxCluster())
    : screen.progress(`the cluster of ${kubeconfig} is looked at`, existingCluster(kubeconfig)));
  try {
    signal.throwIfAborted();
    const report = await tell({ cluster, screen, pods, signal });
    if (cluster.leftovers) screen.line(cluster.leftovers);
    if (output === 'json') process.stdout.write(`${JSON.stringify(report)}\n`);
    if (!report.ok) throw new CheckFailed('');
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new CheckFailed(`interrupted: ${cluster.leftovers ?? 'the cluster and its pods are gone'}`);
  } finally {
    await screen.progress('everything ends', cluster.close());
    dispose();
  }
}

/** Adds `fairlead demo`. */
export function demoCommand(program: Command): void {
  const command = program
    .command('demo')
    .description('tell the whole story on a sandbox cluster (about a minute)')
    .option('--kubeconfig <file>', 'tell it on this cluster instead')
    .addHelpText('after', '\nExample:\n  fairlead demo');
  withOutputOption(command).action(demo);
}
