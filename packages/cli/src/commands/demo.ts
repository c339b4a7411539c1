import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { withOutputOption } from '../cluster-options.js';
import type { DemoReport } from '../demo/claim.js';
import type { DemoCluster } from '../demo/cluster.js';
import type { Follower } from '../demo/follower.js';
import { CheckFailed } from '../errors.js';

interface DemoOptions {
  readonly kubeconfig?: string;
  readonly output?: 'json';
}

const MANIFEST = new URL('../../manifests/serv-ca.yaml', import.meta.url);

async function tell(cluster: DemoCluster, silent: boolean): Promise<DemoReport> {
  const { createScreen } = await import('../demo/screen.js');
  const { setStage } = await import('../demo/set-stage.js');
  const { tellStory } = await import('../demo/story.js');
  let follower: Follower | undefined;
  const screen = createScreen({
    stdout: process.stdout,
    silent,
    podAt: (address) => follower?.podAt(address),
  });
  const manifest = await readFile(MANIFEST, 'utf8');
  const set = await setStage({
    cluster,
    manifest,
    screen,
    onFollower(started) {
      follower = started;
    },
  });
  try {
    return await tellStory(set.stage);
  } finally {
    await set.close();
  }
}

async function demo({ kubeconfig, output }: DemoOptions): Promise<void> {
  // grpc-js reads it when it loads: only c-ares asks the server of dns://SERVER/NAME.
  process.env.GRPC_NODE_USE_ALTERNATIVE_RESOLVER ??= 'true';
  const { existingCluster, sandboxCluster } = await import('../demo/cluster.js');
  const interrupted = new Promise<never>((_, reject) => {
    const stop = (): void => reject(new CheckFailed('interrupted'));
    process.once('SIGINT', stop).once('SIGTERM', stop);
  });
  const cluster = await (kubeconfig === undefined ? sandboxCluster() : existingCluster(kubeconfig));
  try {
    const report = await Promise.race([tell(cluster, output === 'json'), interrupted]);
    if (output === 'json') process.stdout.write(`${JSON.stringify(report)}\n`);
    if (!report.ok) throw new CheckFailed('');
  } finally {
    await cluster.close();
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
