import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { UsageError } from '../errors.js';
import { port } from '../parse-number.js';

interface UpOptions {
  readonly file: readonly string[];
  readonly writeKubeconfig?: string;
  readonly port?: number;
  readonly image: readonly string[];
}

const collect = (value: string, previous: readonly string[]): string[] => [...previous, value];

/** `NAME=COMMAND`: the command is split at white space, as a shell splits plain words. */
export function parseImages(pairs: readonly string[]): Record<string, string[]> {
  const images: Record<string, string[]> = {};
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    const argv = pair
      .slice(at + 1)
      .trim()
      .split(/\s+/);
    if (at <= 0 || argv[0] === '') {
      throw new UsageError(`--image "${pair}": NAME=COMMAND is accepted, e.g. my/app=node ./server.js`);
    }
    images[pair.slice(0, at)] = argv;
  }
  return images;
}

async function readManifest(file: string): Promise<string> {
  try {
    return await readFile(file === '-' ? '/dev/stdin' : file, 'utf8');
  } catch (error) {
    throw new UsageError(`-f ${file}: ${(error as Error).message}`);
  }
}

async function up(options: UpOptions): Promise<void> {
  const images = parseImages(options.image);
  const manifests = await Promise.all(options.file.map(readManifest));
  const { startSandbox } = await import('@fairlead/sandbox');
  const sandbox = await startSandbox({
    images,
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(options.writeKubeconfig === undefined ? {} : { kubeconfig: options.writeKubeconfig }),
  });
  const interrupted = new Promise<void>((resolve) => {
    process.once('SIGINT', resolve).once('SIGTERM', resolve).once('SIGHUP', resolve);
  });
  try {
    for (const manifest of manifests) await sandbox.apply(manifest);
    process.stdout.write(`ready kubeconfig=${sandbox.kubeconfig} api=${sandbox.api} dns=${sandbox.dns}\n`);
    await interrupted;
  } finally {
    await sandbox.close();
  }
}

/** Adds `fairlead sandbox up`. */
export function sandboxCommand(program: Command): void {
  program
    .command('sandbox')
    .description('a small real Kubernetes cluster in this process')
    .command('up')
    .description('run it in the foreground; SIGINT or SIGTERM ends every pod and leaves nothing')
    .option('-f, --file <file>', 'manifest to apply (YAML, - = standard input); repeatable', collect, [])
    .option('--write-kubeconfig <file>', 'where to write the kubeconfig (default: in the run directory)')
    .option('--port <number>', 'port of the API server', port)
    .option('--image <name=command>', 'local command that an image stands for; repeatable', collect, [])
    .addHelpText(
      'after',
      '\nExample:\n  fairlead sandbox up -f examples/quickstart/serv-ca.yaml --write-kubeconfig /tmp/kc',
    )
    .action(up);
}
