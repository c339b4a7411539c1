import { createInterface } from 'node:readline';
import { createControlPlane } from '@fairlead/control-plane';

// The control plane in a process of its own: serves the cluster of the kubeconfig in its first argument, and publishes the
// names in the others. It says its port first, and its clients whenever standard input has a line. At the end of that it sends its clients elsewhere and ends.

const SPREAD_MS = 2_000;

const [kubeconfig, ...publish] = process.argv.slice(2);

const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

const controlPlane = createControlPlane({ kubeconfig, port: 0, publish });
say({ port: (await controlPlane.start()).port });
createInterface({ input: process.stdin })
  .on('line', () => {
    const clients = controlPlane.clients().map(({ node, refusals }) => ({
      ...{ agent: node?.agent ?? '', id: node?.id ?? '', refusals: refusals.map(({ text }) => text) },
    }));
    say({ clients, rssBytes: process.memoryUsage.rss() });
  })
  .on('close', () => void controlPlane.close({ spreadMs: SPREAD_MS }).then(() => process.exit(0)));
