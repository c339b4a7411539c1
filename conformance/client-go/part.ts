import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Sandbox, type SandboxFaults, startSandbox } from '@fairlead/sandbox';
import { buildProgram, missingForProgram } from '../go/program.js';
import type { Part, PartContext } from '../part.js';

const FOLDER = fileURLToPath(new URL('../../client-go/', import.meta.url));

/** The groups of cases; informers run twice, because client-go reads its feature gates once per process. */
const RUNS: readonly { readonly group: string; readonly watchList: boolean }[] = [
  { group: 'clients', watchList: true },
  { group: 'manager', watchList: true },
  { group: 'slices', watchList: true },
  { group: 'informers', watchList: true },
  { group: 'informers', watchList: false },
];

/** What the program says, one line of JSON each. */
interface Line {
  readonly found?: Parameters<PartContext['report']>[0];
  readonly log?: string;
  readonly fault?: string;
  readonly failed?: string;
}

type Fault = 'stopApi' | 'startApi' | 'compact' | 'reset';
const FAULTS: readonly string[] = ['stopApi', 'startApi', 'compact', 'reset'] satisfies Fault[];

async function trouble(faults: SandboxFaults, name: string): Promise<string> {
  if (!FAULTS.includes(name)) return `fault "${name}": accepted are ${FAULTS.join(', ')}`;
  return faults[name as Fault]().then(
    () => 'done',
    (error: Error) => error.message.replace(/\s+/g, ' '),
  );
}

interface GroupRun {
  readonly binary: string;
  readonly sandbox: Sandbox;
  readonly context: PartContext;
  readonly group: string;
  readonly watchList: boolean;
}

/** Runs one group of cases on a cluster of its own. */
async function runGroup({ binary, sandbox, context, group, watchList }: GroupRun): Promise<void> {
  const child = spawn(binary, [sandbox.kubeconfig, group], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, KUBE_FEATURE_WatchListClient: String(watchList) },
  });
  const closed = once(child, 'close');
  const stop = (): void => void child.kill('SIGKILL');
  context.signal.addEventListener('abort', stop, { once: true });
  child.stdin.on('error', () => {});
  let failed: string | undefined;
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = JSON.parse(text) as Line;
    if (line.found) context.report(line.found);
    if (line.log) context.log(line.log);
    if (line.failed !== undefined) failed = line.failed;
    if (line.fault !== undefined)
      void trouble(sandbox.faults, line.fault).then((answer) => child.stdin.write(`${answer}\n`));
  });
  const [code, signal] = await closed;
  context.signal.removeEventListener('abort', stop);
  if (failed !== undefined) throw new Error(`${group}: ${failed}`);
  if (code !== 0) throw new Error(`${group}: the program ended with ${signal ?? `exit code ${code}`}`);
}

async function run(context: PartContext): Promise<void> {
  context.log('client-go: a first build takes about 4 minutes on 2 cores');
  const binary = await buildProgram(FOLDER, context.signal);
  for (const { group, watchList } of RUNS) {
    context.signal.throwIfAborted();
    context.log(`${group}, WatchList ${watchList ? 'on' : 'off'}`);
    const sandbox = await startSandbox({ port: 0 });
    try {
      await runGroup({ binary, sandbox, context, group, watchList });
    } finally {
      await sandbox.close();
    }
  }
}

/** The client libraries of Kubernetes against the sandbox's API server, its slices beside those of the real reconciler. */
export const clientGo: Part = {
  name: 'client-go',
  about:
    'client-go, controller-runtime and the EndpointSlice reconciler of Kubernetes judge API server and controllers',
  missing: () => missingForProgram(FOLDER),
  run,
};
