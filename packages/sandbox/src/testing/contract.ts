import type { SandboxLogger } from '../logger.js';
import type { FunctionServer, Images } from '../node-agent/index.js';
import type { KubeObject } from '../objects.js';
import type { SandboxFaults } from '../sandbox.js';

/** Options of a sandbox for tests. */
export interface TestSandboxOptions {
  /** What images stand for: local commands (argv), or functions. Built in: `fairlead/echo`. */
  readonly images?: Images;
  /** Default: `node-a` in `zone-a`, `node-b` in `zone-b`. */
  readonly nodes?: readonly { readonly name: string; readonly zone: string }[];
  /** Default: silent. */
  readonly logger?: SandboxLogger;
}

/** One object. */
export interface ObjectRef {
  /** As kubectl takes it: `Deployment`, `deployments`, `deploy`. */
  readonly kind: string;
  readonly name: string;
  /** Default `default`; of no meaning for Nodes, Namespaces and other objects of the whole cluster. */
  readonly namespace?: string;
}

/** How long a test waits. */
export interface WaitOptions {
  /** Default 30 000 ms. Then it rejects with TIMED_OUT and what there is instead. */
  readonly timeoutMs?: number;
  /** Rejects with its reason. */
  readonly signal?: AbortSignal;
}

/** What a handler function is told: which pod it is. */
export interface ServedPod {
  readonly name: string;
  readonly namespace: string;
  /** Servers listen on `ip:port`. */
  readonly ip: string;
  readonly port: number;
  readonly env: Readonly<Record<string, string>>;
  /** Writes to the pod's log. */
  log(text: string): void;
}

/** A Deployment and a Service of the same name. At most one of `image`, `run` and `serve` says what the pods are. */
export interface DeployOptions {
  readonly name: string;
  /** Made if there is none. Default `default`. */
  readonly namespace?: string;
  /** Default 1. */
  readonly replicas?: number;
  /** Of the Service and of the pods, which find it in `PORT`. Default 8088. */
  readonly port?: number;
  /** Default `fairlead/echo`. */
  readonly image?: string;
  /** Pods are processes: a script for this Node.js (relative to the working directory), or an argv. */
  readonly run?: string | readonly string[];
  /** Pods are calls of this function, in the process of the test. Returns what ends it, as a grpc-js `Server`. */
  serve?(pod: ServedPod): FunctionServer | Promise<FunctionServer>;
  readonly env?: Readonly<Record<string, string>>;
  /** `clusterIP: None`. Default false. */
  readonly headless?: boolean;
  /** What makes a pod ready: the port is open, or `grpc.health.v1` there says SERVING. Default `tcp`. */
  readonly probe?: 'tcp' | 'grpc';
  /** `terminationGracePeriodSeconds`. Default 30. */
  readonly graceSeconds?: number;
}

/** One pod, as it was when it was asked for. */
export interface TestPod {
  readonly name: string;
  readonly namespace: string;
  readonly ip: string;
  readonly node: string;
  readonly ready: boolean;
  /**
   * Sends a signal to the pod's processes, by default SIGKILL, a crash: it is restarted in place. A pod that is a
   * function takes SIGKILL only.
   */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** SIGSTOP to its processes: connections stay open and nobody answers. Not for pods that are functions. */
  freeze(): Promise<void>;
  /** SIGCONT. */
  thaw(): Promise<void>;
  /** Takes the pod out of the Service, or back in, whatever its probe says; resolves when its EndpointSlice has it. */
  setReady(ready: boolean): Promise<void>;
  /** Deletes the pod with its grace; resolves when it is gone. The Deployment makes another one. */
  remove(options?: WaitOptions): Promise<void>;
}

/** What was deployed. */
export interface Deployed {
  readonly name: string;
  readonly namespace: string;
  readonly port: number;
  /** `k8s:///NAME.NAMESPACE:PORT` */
  readonly target: string;
  /** `NAME.NAMESPACE.svc.cluster.local` */
  readonly host: string;
  /** Pods that are not being deleted, by name. */
  readonly pods: readonly TestPod[];
  /** Resolves when as many pods are ready in the EndpointSlices, and no other. */
  scale(replicas: number, options?: WaitOptions): Promise<void>;
  /** Replaces every pod, as `kubectl rollout restart` does; resolves when only new ones are left. */
  rollout(options?: WaitOptions): Promise<void>;
  /** Deletes Deployment and Service; resolves when the pods are gone. */
  remove(options?: WaitOptions): Promise<void>;
}

/** A cluster in the process of a test. */
export interface TestSandbox {
  /** Path of an admin kubeconfig (mode 0600), there as long as the cluster. `KUBECONFIG` is left alone. */
  readonly kubeconfig: string;
  /** `https://127.X.0.1:PORT` */
  readonly api: string;
  /** `IP:PORT` of the cluster DNS. */
  readonly dns: string;
  /** Channel options by which a client of `@fairlead/client` finds this cluster: several may be used side by side. */
  readonly channelOptions: {
    readonly 'fairlead.kubeconfig': string;
    readonly 'grpc.enable_http_proxy': 0;
  };
  readonly faults: SandboxFaults;
  /** Creates or updates every object of the YAML, as `kubectl apply` would. */
  apply(yaml: string): Promise<void>;
  /** Makes a Deployment and its Service; resolves when all its pods are ready in the EndpointSlices. */
  deploy(options: DeployOptions & WaitOptions): Promise<Deployed>;
  /** The object as it is now, frozen; undefined: there is none. */
  get<T = KubeObject>(ref: ObjectRef): T | undefined;
  /** Objects of a kind, frozen, of one namespace or of all. */
  list<T = KubeObject>(kind: string, namespace?: string): readonly T[];
  /**
   * Waits until a condition of `status.conditions` is True (`'Available'`), or until a function of the object says so;
   * it gets undefined while there is none. Resolves with the object.
   */
  waitFor<T = KubeObject>(
    ref: ObjectRef,
    condition: string | ((object: T | undefined) => unknown),
    options?: WaitOptions,
  ): Promise<T | undefined>;
  /** No new pod goes to the node (`kubectl cordon`). */
  cordon(node: string): Promise<void>;
  uncordon(node: string): Promise<void>;
  /** Ends every pod and all that was started. Idempotent; also done by `await using`. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
