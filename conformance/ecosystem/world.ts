import { type EndpointSet, usableEndpoints, watchEndpoints } from '@fairlead/discovery';
import { startTestCluster, type TestCluster } from '@fairlead/sandbox/testing';
import { waitFor } from '#commands/wait.js';

/** What every application dials. */
export const TARGET = 'k8s:///serv-ca.nspace:8088';

const START_MS = 60_000;

const manifest = (replicas: number): string => `
apiVersion: v1
kind: Namespace
metadata: {name: nspace}
---
apiVersion: v1
kind: Service
metadata: {name: serv-ca, namespace: nspace}
spec: {selector: {name: test}, ports: [{name: tcp, port: 8088}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: serv-ca, namespace: nspace}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {name: test}}
  template:
    metadata: {labels: {name: test}}
    spec:
      containers:
        - name: echo
          image: fairlead/echo
          ports: [{containerPort: 8088}]
          readinessProbe: {grpc: {port: 8088}, periodSeconds: 1, timeoutSeconds: 5}
`;

/** A cluster with pods that say who they are, under one Service. */
export interface World {
  readonly kubeconfig: string;
  /** Changes the number of pods, and waits until so many are ready, and until all others are gone. */
  scale(pods: number): Promise<void>;
  /** Names of the pods that are ready. */
  ready(): readonly string[];
  /** When a pod was first seen ready (ms of `performance.now()`). */
  readyAt(pod: string): number | undefined;
  close(): Promise<void>;
}

/** Follows who is ready, beside the applications that are judged. */
class Register {
  private names: readonly string[] = [];
  private all = 0;
  private readonly since = new Map<string, number>();

  take(set: EndpointSet): void {
    this.names = usableEndpoints(set).map(({ pod, key }) => pod ?? key);
    this.all = set.endpoints.length;
    for (const name of this.names) if (!this.since.has(name)) this.since.set(name, performance.now());
  }

  ready = (): readonly string[] => this.names;
  readyAt = (pod: string): number | undefined => this.since.get(pod);
  isSettled = (pods: number): boolean => this.names.length === pods && this.all === pods;
}

async function scaleTo(
  cluster: TestCluster,
  register: Register,
  pods: number,
  signal: AbortSignal,
): Promise<void> {
  await cluster.apply(manifest(pods));
  await waitFor(`${pods} ready pods`, () => register.isSettled(pods), { timeoutMs: START_MS, signal });
}

/** Starts the cluster with three pods. */
export async function startWorld(signal: AbortSignal): Promise<World> {
  const cluster = await startTestCluster();
  const register = new Register();
  const { kubeconfig } = cluster;
  const watch = watchEndpoints(TARGET, { kubeconfig, lingerMs: 0, onSet: (set) => register.take(set) });
  const close = async (): Promise<void> => {
    watch.close();
    await cluster.close();
  };
  try {
    await scaleTo(cluster, register, 3, signal);
  } catch (error) {
    await close();
    throw error;
  }
  const { ready, readyAt } = register;
  return { kubeconfig, ready, readyAt, scale: (pods) => scaleTo(cluster, register, pods, signal), close };
}
