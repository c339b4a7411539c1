import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSandbox } from '@fairlead/sandbox';
import { withNodes, withRealCluster } from '../kubernetes/real-cluster.js';
import { fail, lineContext } from '../namespace/lines.js';
import type { PartContext } from '../part.js';
import type { Kubectl } from './binaries.js';
import { compare } from './compare.js';
import { SCRIPT } from './script.js';
import { openTerminal, type Said } from './transcript.js';

// Runs inside the network namespace: inside.js KUBE JSON, where JSON is the list of kubectls.

/** Says the whole output of commands that differ, for who mends the sandbox. */
const VERBOSE = process.env.FAIRLEAD_CONFORMANCE_VERBOSE === '1';

function tell({ log }: PartContext, title: string, { stdout, stderr }: Said): void {
  if (!VERBOSE) return;
  for (const line of `${stdout}${stderr}`.split('\n')) log(`    ${title} ${line}`);
}

/** The same commands one after the other on both clusters. */
async function judge(
  { path, title }: Kubectl & { readonly title: string },
  kubeconfigs: { readonly real: string; readonly ours: string },
  context: PartContext,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-kubectl-'));
  try {
    const real = openTerminal(path, kubeconfigs.real, join(folder, 'real'));
    const ours = openTerminal(path, kubeconfigs.ours, join(folder, 'ours'));
    const times = new Map<string, number>();
    for (const step of SCRIPT) {
      context.signal.throwIfAborted();
      const [expected, got] = await Promise.all([real.run(step), ours.run(step)]);
      const count = (times.get(step.command) ?? 0) + 1;
      times.set(step.command, count);
      const name = `${title}: ${step.command}${count > 1 ? ` (${count})` : ''}`;
      const compared = compare(step, expected, got);
      if (step.quiet && compared.expected === compared.got) continue;
      context.report({ case: name, ...compared });
      if (compared.expected === compared.got) continue;
      tell(context, 'real |', expected);
      tell(context, 'ours |', got);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function main(kube: string, kubectls: readonly Kubectl[], context: PartContext): Promise<void> {
  await withRealCluster({ kube, context }, ({ socket }) =>
    withNodes(socket, async ({ kubeconfig }) => {
      for (const [index, kubectl] of kubectls.entries()) {
        const title = index === 0 ? 'oldest' : 'newest';
        context.log(`${title} kubectl: 1.${kubectl.minor} of ${kubectl.path}`);
        const sandbox = await startSandbox({ port: 0 });
        try {
          await judge({ ...kubectl, title }, { real: kubeconfig, ours: sandbox.kubeconfig }, context);
        } finally {
          await sandbox.close();
        }
      }
    }),
  );
}

main(process.argv[2] ?? '', JSON.parse(process.argv[3] ?? '[]'), lineContext()).catch(fail);
