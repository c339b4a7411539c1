import type { AutoscalerOptions } from './controllers/autoscaler/controller.js';
import type { SandboxLogger } from './logger.js';
import type { Images } from './node-agent/index.js';
import type { SchedulerName } from './proxy/scheduler.js';

/** Whether containers have their mounts at their own paths. */
export type IsolateMode = 'auto' | 'on' | 'off';

/** Options of one sandbox cluster. */
export interface SandboxOptions {
  /** Port of the API server on the sandbox's own address; 0: any free one. Default: 6443 if free there, else any. */
  readonly port?: number;
  /** Node names with their zone. Default: `node-a` in `zone-a`, `node-b` in `zone-b`. */
  readonly nodes?: readonly { readonly name: string; readonly zone: string }[];
  /**
   * What images stand for: local commands (argv), or functions of this process, which get the container and return
   * what ends it. Built in: `fairlead/echo`.
   */
  readonly images?: Images;
  /**
   * How the service proxy chooses a backend for a connection: `random` as kube-proxy with iptables or nftables, or a
   * scheduler of IPVS: `rr`, `lc`, `dh`, `sh`, `sed`, `nq`. Default `random`.
   */
  readonly proxyScheduler?: SchedulerName;
  /**
   * With `on` each container has a mount namespace in which its mounts are at their own paths, the ServiceAccount at
   * `/var/run/secrets/kubernetes.io/serviceaccount` included, and the rest is the machine's: that takes root or user
   * namespaces, and util-linux. With `off` mounts are under `$POD_ROOT`. `auto` is `on` where that works. Default `off`.
   */
  readonly isolate?: IsolateMode;
  /** Times of HorizontalPodAutoscalers. Default: a look every 5 s (upstream 15 s), else as upstream. */
  readonly autoscaler?: AutoscalerOptions;
  /** Where the admin kubeconfig is written (mode 0600), until the sandbox ends. Default: inside the run directory. */
  readonly kubeconfig?: string;
  readonly logger?: SandboxLogger;
}

/** A running cluster. */
export interface Sandbox {
  /** Path of the admin kubeconfig. */
  readonly kubeconfig: string;
  /** `https://127.X.0.1:PORT`. */
  readonly api: string;
  /** `IP:PORT` of the cluster DNS. */
  readonly dns: string;
  /** Whether containers have their mounts at their own paths. */
  readonly isolated: boolean;
  /** Why they do not, with `isolate: 'auto'`. */
  readonly isolationProblem?: string;
  /** Creates or updates every object of the YAML, through the API as `kubectl apply` would. */
  apply(yaml: string): Promise<void>;
  /** Ends pods, servers and the reaper, and removes the run directory. Idempotent. */
  close(): Promise<void>;
  readonly faults: SandboxFaults;
}

/** Trouble on demand. */
export interface SandboxFaults {
  /** Stops listening and resets every connection; objects, controllers and pods go on. */
  stopApi(): Promise<void>;
  startApi(): Promise<void>;
  /** Forgets the watch history: the next watch from an old resourceVersion gets a true 410. */
  compact(): Promise<void>;
  /** RST on every open watch. */
  reset(): Promise<void>;
  /** SIGKILL to the pod's process group. */
  killPod(namespace: string, name: string): Promise<void>;
  /** The node and its pods are gone at once, without a word: nobody renews its Lease. It does not come back. */
  loseNode(name: string): Promise<void>;
}
