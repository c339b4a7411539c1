import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { UsageError } from '../errors.js';
import { listenForInterrupt } from '../interrupt.js';
import { spin } from '../output/spinner.js';
import { createStyle } from '../output/style.js';
import { port } from '../parse-number.js';
import { splitWords } from '../split-words.js';

/** As `proxyScheduler` of the sandbox, which is not loaded for `--help`. */
const PROXY_SCHEDULERS = ['random', 'rr', 'lc', 'dh', 'sh', 'sed', 'nq'] as const;
type ProxyScheduler = (typeof PROXY_SCHEDULERS)[number];

/** As `isolate` of the sandbox. */
const ISOLATE_MODES = ['auto', 'on', 'off'] as const;

interface UpOptions {
  readonly file: readonly string[];
  readonly writeKubeconfig?: string;
  readonly port?: number;
  readonly image: readonly string[];
  readonly proxyScheduler?: ProxyScheduler;
  readonly isolate: (typeof ISOLATE_MODES)[number];
}

interface Manifest {
  readonly file: string;
  readonly text: string;
}

const collect = (value: string, previous: readonly string[]): string[] => [...previous, value];

/** `NAME=COMMAND`: the command is split into words as a shell does it, quotes included. */
export function parseImages(pairs: readonly string[]): Record<string, string[]> {
  const images: Record<string, string[]> = {};
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    const argv = splitWords(pair.slice(at + 1));
    if (argv === null) throw new UsageError(`--image "${pair}": a quote or backslash is not closed`);
    if (at <= 0 || argv.length === 0) {
      throw new UsageError(`--image "${pair}": NAME=COMMAND is accepted, e.g. my/app="node ./server.js"`);
    }
    images[pair.slice(0, at)] = argv;
  }
  return images;
}

/** Runs `work`; what it throws is told with the file that it is about. */
async function about<T>({ file }: { readonly file: string }, work: () => Promise<T> | T): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new UsageError(`-f ${file}: ${(error as Error).message}`, { cause: error });
  }
}

const readManifest = (file: string): Promise<Manifest> =>
  about({ file }, async () => ({ file, text: await readFile(file === '-' ? '/dev/stdin' : file, 'utf8') }));

/** For the person in front of it; programs read the line on standard output. */
function explain(kubeconfig: string): void {
  if (!process.stderr.isTTY) return;
  const style = createStyle(process.stderr);
  const hints = [
    `In another terminal: export KUBECONFIG=${kubeconfig}`,
    'Ctrl-C ends the cluster and its pods.',
  ];
  for (const hint of hints) process.stderr.write(`${style('dim', hint)}\n`);
}

async function up(options: UpOptions): Promise<void> {
  const interrupt = listenForInterrupt();
  const images = parseImages(options.image);
  const manifests = await Promise.all(options.file.map(readManifest));
  const { checkManifest, startSandbox } = await import('@fairlead/sandbox');
  for (const manifest of manifests) await about(manifest, () => checkManifest(manifest.text));
  const starting = startSandbox({
    images,
    isolate: options.isolate,
    ...(options.proxyScheduler === undefined ? {} : { proxyScheduler: options.proxyScheduler }),
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(options.writeKubeconfig === undefined ? {} : { kubeconfig: options.writeKubeconfig }),
  });
  const sandbox = await spin(process.stderr, 'starting the cluster', starting);
  try {
    for (const manifest of manifests) await about(manifest, () => sandbox.apply(manifest.text));
    if (!interrupt.signal.aborted) {
      const { kubeconfig, api, dns } = sandbox;
      process.stdout.write(`ready kubeconfig=${kubeconfig} api=${api} dns=${dns}\n`);
      if (sandbox.isolationProblem !== undefined)
        process.stderr.write(
          `pods have their mounts under $POD_ROOT only (--isolate off): ${sandbox.isolationProblem}\n`,
        );
      explain(kubeconfig);
    }
    await interrupt.happened;
  } finally {
    await spin(process.stderr, 'ending the pods (Ctrl-C again: at once)', sandbox.close());
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
    .option(
      '--write-kubeconfig <file>',
      'where the kubeconfig is while the cluster runs (default: in the run directory)',
    )
    .option('--port <number>', 'port of the API server, 0 = any (default: 6443, or any if it is taken)', port)
    .option('--image <name=command>', 'local command that an image stands for; repeatable', collect, [])
    .addOption(
      new Option(
        '--proxy-scheduler <name>',
        'how the service proxy chooses a pod for a connection: random as iptables, or a scheduler of IPVS (default: random)',
      ).choices(PROXY_SCHEDULERS),
    )
    .addOption(
      new Option(
        '--isolate <mode>',
        'on: containers have their mounts at their own paths (root or user namespaces, util-linux); off: under $POD_ROOT; auto: on where that works',
      )
        .choices(ISOLATE_MODES)
        .default('auto'),
    )
    .addHelpText(
      'after',
      '\nExample:\n  fairlead sandbox up -f examples/quickstart/serv-ca.yaml --write-kubeconfig /tmp/kc',
    )
    .action(up);
}
