import { pathToFileURL } from 'node:url';
import type { SandboxFaults, SandboxOptions } from './sandbox.js';
import { startSandbox as startCluster } from './start-sandbox.js';

export { SandboxError } from './errors.js';
export type {
  Deployed,
  DeployOptions,
  ObjectRef,
  ServedPod,
  TestPod,
  TestSandbox,
  TestSandboxOptions,
  WaitOptions,
} from './testing/contract.js';
export { startSandbox } from './testing/start.js';

export interface TestClusterOptions {
  /** Images that map to local commands (argv), beside `fairlead/echo`. */
  readonly images?: Readonly<Record<string, readonly string[]>>;
  /** Default: two nodes in two zones. */
  readonly nodes?: readonly { readonly name: string; readonly zone: string }[];
  /** Times of HorizontalPodAutoscalers, as `SandboxOptions` has them; a cluster that is no sandbox keeps its own. */
  readonly autoscaler?: SandboxOptions['autoscaler'];
}

/**
 * A cluster as tests see it, whatever serves it. `faults` is absent, or lacks one, where the cluster cannot be made
 * to fail that way: the test is then reported by name, not silently passed.
 */
export interface TestCluster {
  /** Path of an admin kubeconfig. */
  readonly kubeconfig: string;
  /** `IP:PORT` of the cluster DNS. */
  readonly dns: string;
  /** Creates or updates every object of the YAML. */
  apply(yaml: string): Promise<void>;
  /** Idempotent. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
  readonly faults?: Partial<SandboxFaults>;
}

/** What a module that stands in for the sandbox exports. */
export interface TestClusterModule {
  startTestCluster(options: TestClusterOptions): Promise<TestCluster>;
}

/**
 * Starts a cluster for tests: a sandbox, of which several may run side by side, also in several processes. With
 * `FAIRLEAD_TEST_CLUSTER` in the environment, the path of a module, its `startTestCluster` serves the tests instead:
 * so the same tests judge a real API server.
 */
export async function startTestCluster(options: TestClusterOptions = {}): Promise<TestCluster> {
  const other = process.env.FAIRLEAD_TEST_CLUSTER;
  if (other) return (await importModule(other)).startTestCluster(options);
  const { autoscaler, ...rest } = options;
  const sandbox = await startCluster({ ...rest, ...(autoscaler ? { autoscaler } : {}), port: 0 });
  const close = (): Promise<void> => sandbox.close();
  return {
    kubeconfig: sandbox.kubeconfig,
    dns: sandbox.dns,
    faults: sandbox.faults,
    apply: (yaml) => sandbox.apply(yaml),
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function importModule(path: string): Promise<TestClusterModule> {
  const module: Partial<TestClusterModule> = await import(pathToFileURL(path).href);
  if (!module.startTestCluster)
    throw new Error(`FAIRLEAD_TEST_CLUSTER "${path}": accepted is a module that exports startTestCluster`);
  return { startTestCluster: module.startTestCluster };
}
