import { setMaxListeners } from 'node:events';
import { availableParallelism } from 'node:os';
import type { ClusterAccess, KubeClient, Reflector } from '@fairlead/discovery/kubernetes';
import { createKubeClient, createReflector } from '@fairlead/discovery/kubernetes';
import { BIND_SHIM } from './base-env.js';
import { DataWatches } from './data-watches.js';
import { EventRecorder } from './events.js';
import type { AgentClock, AgentLogger, ProcessRegistry } from './host.js';
import { machineClock } from './host.js';
import type { Images } from './image.js';
import { createIpPool } from './ip-pool.js';
import type { Isolation } from './isolation/launch.js';
import type { LogServer, ServingOptions } from './log-server.js';
import { createLogServer } from './log-server.js';
import { registerNode } from './node-registration.js';
import type { Pod } from './pod.js';
import { deletePod } from './pod-deletion.js';
import type { PodContext } from './pod-worker.js';
import { PodWorker } from './pod-worker.js';
import { messageOf } from './refusal.js';
import { limitRequests } from './request-limit.js';
import type { RestartLimits } from './restart.js';
import { KUBELET_RESTART_LIMITS } from './restart.js';
import { StartGate } from './start-gate.js';
import { isTerminal } from './status.js';
import { PODS } from './status-writer.js';
import { Stragglers } from './stragglers.js';
import { resourceMetrics } from './usage/exposition.js';
import { runningContainers } from './usage/running-containers.js';
import { UsageMeter } from './usage/usage-meter.js';

/** Options of one node. */
export interface NodeAgentOptions {
  /** The cluster, and who the agent is there (a user of the group `system:nodes`, or an administrator). */
  readonly access: ClusterAccess;
  /** Default: one of its own for `access`, closed with the agent. */
  readonly client?: KubeClient;
  readonly nodeName: string;
  readonly zone: string;
  /** IPv4 `/24` of the pods, for example `127.5.1.0/24`. Its addresses must be on an interface. */
  readonly podRange: string;
  /** What images stand for, looked up whenever a container starts. */
  readonly images: Images;
  /** Folder of the pods' files; exists, mode 0700. */
  readonly runDir: string;
  /** TLS of the log server. */
  readonly serving: ServingOptions;
  /** Knows the process groups, so that they end with the sandbox however that ends. Default: nobody does. */
  readonly reaper?: ProcessRegistry;
  /** Variables that every container gets; its own `env` wins. */
  readonly podEnv?: Readonly<Record<string, string>>;
  /** Default: containers see the machine as it is, with their mounts under `$POD_ROOT`. */
  readonly isolation?: Isolation;
  /** CrashLoopBackOff. Default: 10 s, doubled up to 300 s. */
  readonly restartLimits?: RestartLimits;
  /** Default: the machine's. */
  readonly clock?: AgentClock;
  /** Default: silent. */
  readonly logger?: AgentLogger;
}

/** The kubelet of one node of the sandbox: runs the pods that are bound to it as local processes. */
export interface NodeAgent {
  /** Port of the log server; 0 before `start`. */
  readonly port: number;
  /** Resolves when the Node is registered and Ready. Rejects when the API server refuses that. */
  start(): Promise<void>;
  /** SIGKILL to the process groups of a pod, as a crash would; false when the node has no such pod. */
  kill(namespace: string, name: string): boolean;
  /**
   * Ends every pod of the node and all requests, without a word to the API server: SIGTERM, after `graceMs` (default
   * 2000) SIGKILL; with 0 at once, as a machine that loses power. Idempotent; the first call's grace counts.
   */
  close(graceMs?: number): Promise<void>;
}

/** Pods get so long to end when the node goes (ms). */
const CLOSE_GRACE_MS = 2000;
/** Requests that are under way at the same time. */
const MAX_REQUESTS = 8;
/** Containers that start at the same time. */
const STARTS_PER_CORE = 2;
/** The pods of a /24. */
const MAX_PODS = 254;

const nothing = (): void => {};
const silent: AgentLogger = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** Makes a node; nothing happens before `start`. */
export function createNodeAgent(options: NodeAgentOptions): NodeAgent {
  return new Agent(options);
}

class Agent implements NodeAgent {
  readonly #options: NodeAgentOptions;
  readonly #client: KubeClient;
  readonly #clock: AgentClock;
  readonly #logger: AgentLogger;
  readonly #events: EventRecorder;
  readonly #context: PodContext;
  readonly #workers = new Map<string, PodWorker>();
  readonly #meter = new UsageMeter();
  /** Uids of pods without a worker that are being taken out of the API. */
  readonly #deleting = new Set<string>();
  readonly #closing = new AbortController();
  #reflector: Reflector | undefined;
  #logs: LogServer | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: NodeAgentOptions) {
    // A request or a wait per pod listens to it, and Node takes more than ten for a leak.
    setMaxListeners(0, this.#closing.signal);
    const { access, nodeName, clock = machineClock, logger = silent } = options;
    this.#options = options;
    this.#clock = clock;
    this.#logger = logger;
    const client = options.client ?? createKubeClient(access, { logger, clock });
    this.#client = limitRequests(client, MAX_REQUESTS);
    this.#events = new EventRecorder({ client: this.#client, nodeName, clock, logger });
    this.#context = {
      access,
      clock,
      logger,
      client: this.#client,
      registry: options.reaper ?? { add: nothing, remove: nothing },
      events: this.#events,
      images: options.images,
      ips: createIpPool(options.podRange),
      hostIP: options.serving.host,
      runDir: options.runDir,
      podEnv: options.podEnv ?? {},
      restartLimits: options.restartLimits ?? KUBELET_RESTART_LIMITS,
      bindShim: BIND_SHIM,
      isolation: options.isolation,
      stragglers: new Stragglers(),
      watches: new DataWatches({ client: this.#client, clock, logger }),
      starts: new StartGate(STARTS_PER_CORE * availableParallelism(), clock),
    };
  }

  get port(): number {
    return this.#logs?.port ?? 0;
  }

  async start(): Promise<void> {
    const { nodeName, zone, serving } = this.#options;
    this.#logs = await createLogServer(serving, {
      clock: this.#clock,
      pod: (namespace, name) => this.#find(namespace, name),
      usage: () =>
        resourceMetrics(this.#meter.measure(runningContainers(this.#workers.values()), this.#clock.now())),
    });
    if (this.#closing.signal.aborted) return this.#logs.close();
    await registerNode({
      client: this.#client,
      clock: this.#clock,
      logger: this.#logger,
      signal: this.#closing.signal,
      node: { nodeName, zone, hostIP: serving.host, kubeletPort: this.port, maxPods: MAX_PODS },
      onBack: () => this.#watchPods(),
    });
    this.#watchPods();
    this.#logger.info('node ready', { node: nodeName, zone });
  }

  /** Begins to watch the pods of the node; also instead of a watch that still waits for the end of an outage. */
  #watchPods(): void {
    if (this.#closing.signal.aborted) return;
    this.#reflector?.close();
    this.#reflector = createReflector<Pod>({
      client: this.#client,
      ref: PODS,
      request: { query: { fieldSelector: `spec.nodeName=${this.#options.nodeName}` } },
      clock: this.#clock,
      logger: this.#logger,
      handler: {
        replace: (pods) => this.#replace(pods),
        upsert: (pod) => this.#upsert(pod),
        remove: (pod) => this.#remove(pod.metadata.uid),
      },
    });
    this.#reflector.start();
  }

  kill(namespace: string, name: string): boolean {
    return this.#find(namespace, name)?.kill() ?? false;
  }

  close(graceMs = CLOSE_GRACE_MS): Promise<void> {
    this.#closed ??= this.#close(graceMs);
    return this.#closed;
  }

  async #close(graceMs: number): Promise<void> {
    this.#closing.abort();
    this.#reflector?.close();
    this.#events.close();
    await Promise.all([...this.#workers.values()].map((worker) => worker.close(graceMs)));
    this.#workers.clear();
    await this.#logs?.close();
    if (!this.#options.client) this.#client.close();
  }

  /** The newest pod of that name. */
  #find(namespace: string, name: string): PodWorker | undefined {
    return [...this.#workers.values()].findLast(
      ({ pod }) => pod.metadata.name === name && pod.metadata.namespace === namespace,
    );
  }

  #replace(pods: readonly Pod[]): void {
    const there = new Set(pods.map(({ metadata }) => metadata.uid));
    for (const uid of this.#workers.keys()) if (!there.has(uid)) this.#remove(uid);
    for (const pod of pods) this.#upsert(pod);
  }

  #upsert(pod: Pod): void {
    if (this.#closing.signal.aborted) return;
    const { uid, deletionTimestamp } = pod.metadata;
    const known = this.#workers.get(uid);
    if (known) known.update(pod);
    else if (deletionTimestamp !== undefined) this.#deleteUnknown(pod);
    else if (!isTerminal(pod.status?.phase)) this.#workers.set(uid, new PodWorker(pod, this.#context));
  }

  /** A pod that ended before this agent saw it has no process to wait for. */
  #deleteUnknown(pod: Pod): void {
    const { uid } = pod.metadata;
    if (this.#deleting.has(uid)) return;
    this.#deleting.add(uid);
    const { signal } = this.#closing;
    const options = { client: this.#client, clock: this.#clock, logger: this.#logger, signal };
    void deletePod(pod, options).then(() => this.#deleting.delete(uid));
  }

  #remove(uid: string): void {
    const worker = this.#workers.get(uid);
    if (!worker) return;
    void worker.removed().then(
      () => this.#workers.delete(uid),
      (error: unknown) => this.#logger.error('pod not cleaned up', { error: messageOf(error) }),
    );
  }
}
