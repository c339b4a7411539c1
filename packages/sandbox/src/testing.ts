import type { SandboxFaults } from './sandbox.js';

export interface TestClusterOptions {
  /** Images that map to local commands (argv), beside `fairlead/echo`. */
  readonly images?: Readonly<Record<string, readonly string[]>>;
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
  apply(yaml: string): Promise<void>;
  close(): Promise<void>;
  readonly faults?: Partial<SandboxFaults>;
}
