import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { register } from '@fairlead/client';
import {
  createKubeClient,
  type KubeClient,
  loadAccess,
  type ResourceRef,
} from '@fairlead/discovery/kubernetes';
import { echoDefinition, type SayReply } from '@fairlead/sandbox/echo';
import { startTestCluster, type TestCluster, type TestClusterOptions } from '@fairlead/sandbox/testing';
import { type ClientOptions, credentials, makeClientConstructor, type ServiceError } from '@grpc/grpc-js';
import { onTestFinished, type TestContext } from 'vitest';

export const NAMESPACE = 'nspace';
export const SERVICE = 'serv';
export const TARGET = `k8s:///${SERVICE}.${NAMESPACE}:8088`;

export const DEPLOYMENTS: ResourceRef = { group: 'apps', version: 'v1', resource: 'deployments' };
export const SERVICES: ResourceRef = { group: '', version: 'v1', resource: 'services' };

/** A headless Service over echo pods. */
export function echoManifest(replicas: number, more: { grace?: number; image?: string } = {}): string {
  return `
apiVersion: v1
kind: Namespace
metadata: {name: ${NAMESPACE}}
---
apiVersion: v1
kind: Service
metadata: {name: ${SERVICE}, namespace: ${NAMESPACE}}
spec: {clusterIP: None, selector: {app: echo}, ports: [{name: tcp, port: 8088, targetPort: 8088}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: echo, namespace: ${NAMESPACE}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: echo}}
  template:
    metadata: {labels: {app: echo}}
    spec:
      terminationGracePeriodSeconds: ${more.grace ?? 10}
      containers:
        - name: echo
          image: ${more.image ?? 'fairlead/echo'}
          ports: [{containerPort: 8088}]
          readinessProbe: {grpc: {port: 8088}, periodSeconds: 1, timeoutSeconds: 5}
`;
}

/** Waits for a condition; says which one did not come. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  ms = 60_000,
): Promise<void> {
  const deadline = Date.now() + ms;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`did not happen within ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const EchoClient = makeClientConstructor(echoDefinition, 'Echo');

/** A client of the echo pods that reads the cluster of `kubeconfig`. */
export class Echo {
  /** How the client is registered; a test that needs options sets it before its first client. */
  static register: () => void = register;
  readonly #client: InstanceType<typeof EchoClient>;

  constructor(kubeconfig: string, target = TARGET, options: ClientOptions = {}) {
    Echo.register();
    this.#client = new EchoClient(target, credentials.createInsecure(), {
      'fairlead.kubeconfig': kubeconfig,
      'grpc.enable_http_proxy': 0,
      ...options,
    });
  }

  /** One call; resolves with the pod's name, rejects with the ServiceError. */
  say(options: { deadlineMs?: number; waitForReady?: boolean } = {}): Promise<string> {
    const { deadlineMs = 10_000, waitForReady = false } = options;
    return new Promise((resolve, reject) => {
      const { path, requestSerialize, responseDeserialize } = echoDefinition.Say;
      const deadline = Date.now() + deadlineMs;
      const done = (error: ServiceError | null, reply?: SayReply): void =>
        error ? reject(error) : resolve(reply?.pod ?? '');
      const callOptions = waitForReady ? { deadline, interceptors: [waiting] } : { deadline };
      this.#client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        { text: 'hi' },
        callOptions,
        done,
      );
    });
  }

  /** Calls until every one of `pods` pods has answered. */
  async reach(pods: number): Promise<Set<string>> {
    const seen = new Set<string>();
    await until(`${pods} pods answer`, async () => seen.add(await this.say()).size >= pods);
    return seen;
  }

  close(): void {
    this.#client.close();
  }
}

import { InterceptingCall, type Interceptor } from '@grpc/grpc-js';

const waiting: Interceptor = (options, nextCall) =>
  new InterceptingCall(nextCall(options), {
    start(metadata, listener, next) {
      metadata.setOptions({ waitForReady: true });
      next(metadata, listener);
    },
  });

/** Calls later than that are never made, so that a busy machine is not stifled by a backlog (s). */
const MAX_LATE_S = 0.1;

/** Calls at a steady rate until stopped. */
export class Load {
  readonly pods = new Map<string, number>();
  readonly failures: string[] = [];
  /** When the last call was made that failed (epoch ms). */
  lastFailedMs = 0;
  calls = 0;
  #open = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(client: Echo, perSecond: number) {
    const startMs = performance.now();
    let started = 0;
    this.#timer = setInterval(() => {
      const due = ((performance.now() - startMs) * perSecond) / 1000;
      started = Math.max(started, Math.floor(due - MAX_LATE_S * perSecond));
      for (; started < due; started++) void this.#call(client);
    }, 2);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await until('the calls in flight have ended', () => this.#open === 0);
  }

  async #call(client: Echo): Promise<void> {
    const startedMs = Date.now();
    this.#open++;
    try {
      const pod = await client.say();
      this.pods.set(pod, (this.pods.get(pod) ?? 0) + 1);
    } catch (error) {
      this.failures.push((error as Error).message);
      this.lastFailedMs = Math.max(this.lastFailedMs, startedMs);
    }
    this.calls++;
    this.#open--;
  }
}

/** A cluster with the means to change it. */
export interface Bench {
  readonly cluster: TestCluster;
  readonly api: KubeClient;
  scale(replicas: number): Promise<void>;
  restart(): Promise<void>;
  rolledOut(): Promise<boolean>;
  close(): Promise<void>;
}

interface Deployment {
  readonly metadata: { readonly generation?: number };
  readonly spec: { readonly replicas: number };
  readonly status?: Readonly<Record<string, number>>;
  readonly [field: string]: unknown;
}

export async function openBench(options: TestClusterOptions = {}): Promise<Bench> {
  const cluster = await startTestCluster(options);
  const api = createKubeClient(loadAccess({ kubeconfig: cluster.kubeconfig }));
  const merge = (body: object) =>
    api.patch(DEPLOYMENTS, 'echo', body, { namespace: NAMESPACE, kind: 'merge' }).then(() => {});
  return {
    cluster,
    api,
    scale: (replicas) => merge({ spec: { replicas } }),
    restart: () =>
      merge({ spec: { template: { metadata: { annotations: { restarted: String(performance.now()) } } } } }),
    async rolledOut() {
      const {
        metadata,
        spec,
        status = {},
      } = await api.get<Deployment>(DEPLOYMENTS, 'echo', { namespace: NAMESPACE });
      const counts = [status.replicas, status.updatedReplicas, status.availableReplicas];
      const observed = (status.observedGeneration ?? 0) >= (metadata.generation ?? 0);
      return observed && counts.every((count) => (count ?? 0) === spec.replicas);
    },
    async close() {
      api.close();
      await cluster.close();
    },
  };
}

type FaultName = keyof NonNullable<TestCluster['faults']>;

/** The faults a test needs; where the cluster lacks one, the test is reported by name as not run here. */
export function faults<N extends FaultName>(
  context: TestContext,
  cluster: TestCluster,
  ...names: N[]
): Required<Pick<NonNullable<TestCluster['faults']>, N>> {
  const have = cluster.faults ?? {};
  const missing = names.filter((name) => have[name] === undefined);
  if (missing.length > 0) context.skip(`this cluster cannot: ${missing.join(', ')}`);
  return have as Required<Pick<NonNullable<TestCluster['faults']>, N>>;
}

const MAIN = fileURLToPath(import.meta.resolve('fairlead/package.json')).replace(
  'package.json',
  'dist/main.js',
);

/** Longer than the demo takes on a machine that is busy with other things. */
const RUN_MS = 200_000;

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const cleanEnv = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => {
  const { http_proxy, https_proxy, grpc_proxy, no_proxy, ...rest } = process.env;
  return { ...rest, ...env };
};

/** Runs the command line to its end, in a folder of the caller's choice. */
export function fairlead(args: readonly string[], env: NodeJS.ProcessEnv = {}, cwd?: string): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [MAIN, ...args],
      { env: cleanEnv(env), cwd, timeout: RUN_MS },
      (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code ?? -1) : 0, stdout, stderr });
      },
    );
  });
}

/** Starts the command line and keeps what it prints. */
export function startFairlead(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: cleanEnv(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    output.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output.stderr += chunk;
  });
  const exited = once(child, 'exit').then(
    ([code, signal]) => ({ code, signal }) as { code: number | null; signal: string | null },
  );
  // A test that fails half-way leaves no program behind.
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, output, exited };
}
