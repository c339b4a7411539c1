import type { SandboxFaults } from './sandbox.js';
import { startSandbox } from './start-sandbox.js';

export interface TestClusterOptions {
  /** Images that map to local commands (argv), beside `fairlead/echo`. */
  readonly images?: Readonly<Record<string, readonly string[]>>;
  /** Default: two nodes in two zones. */
  readonly nodes?: readonly { readonly name: string; readonly zone: string }[];
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

/** Starts a sandbox cluster for tests: several may run side by side, also in several processes. */
export async function startTestCluster(options: TestClusterOptions = {}): Promise<TestCluster> {
  const sandbox = await startSandbox({ ...options, port: 0 });
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
