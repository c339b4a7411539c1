import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKubeClient, type KubeClient, loadAccess } from '@fairlead/discovery/kubernetes';
import { type Sandbox, startSandbox } from '@fairlead/sandbox';

/** Namespace of all that is called. */
export const NAMESPACE = 'peers';
/** The Service over pods; `echo-vip` is the same with a virtual IP. */
export const ECHO = 'echo';
/** The Service over endpoints without pods; `crowd-vip` is the same with a virtual IP. */
export const CROWD = 'crowd';
/** Pods at the start. */
export const FIRST_PODS = 4;

const IMAGE = 'peers/pod';
/** As the EndpointSlice controller fills them. */
const SLICE_SIZE = 100;

const ports = '[{name: grpc, port: 8088}, {name: aged, port: 8089}]';

const service = (name: string, more: string): string => `
apiVersion: v1
kind: Service
metadata: {name: ${name}, namespace: ${NAMESPACE}}
spec: {ports: ${ports}${more}}
---`;

/** Both kinds of Service over a selector, or over nothing. */
const services = (name: string, selector: string): string =>
  service(name, `, clusterIP: None${selector}`) + service(`${name}-vip`, selector);

/** How pods start and are replaced. */
interface Rollout {
  /** `strategy` and its like, in YAML's flow style. */
  readonly spec: string;
  /** From the start of the container to the first readiness probe (s). */
  readonly startSeconds: number;
}

/** Rollouts add before they take away, and wait for each new pod. */
const GENTLE: Rollout = {
  spec: 'minReadySeconds: 2\n  strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}',
  startSeconds: 0,
};

/**
 * Kubernetes' default strategy, and an application that takes longer to start than a pod takes to leave. The defaults
 * are written out, because an apply keeps what it does not name.
 */
const DEFAULTS: Rollout = {
  spec: 'minReadySeconds: 0\n  strategy: {rollingUpdate: {maxSurge: 25%, maxUnavailable: 25%}}',
  startSeconds: 8,
};

/**
 * The recipe that Kubernetes documents for servers: readiness probe, a preStop wait in which everybody learns that the
 * pod leaves, SIGTERM, calls in flight finish.
 */
const deployment = (replicas: number, { spec, startSeconds }: Rollout): string => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${ECHO}, namespace: ${NAMESPACE}}
spec:
  replicas: ${replicas}
  ${spec}
  selector: {matchLabels: {app: ${ECHO}}}
  template:
    metadata: {labels: {app: ${ECHO}}}
    spec:
      terminationGracePeriodSeconds: 20
      containers:
        - name: pod
          image: ${IMAGE}
          ports: [{containerPort: 8088}, {containerPort: 8089}]
          readinessProbe: {grpc: {port: 8088}, periodSeconds: 1, initialDelaySeconds: ${startSeconds}}
          lifecycle: {preStop: {sleep: {seconds: 5}}}
---`;

const slice = (name: string, of: string, addresses: readonly string[]): string => `
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: ${name}
  namespace: ${NAMESPACE}
  labels: {kubernetes.io/service-name: ${of}, endpointslice.kubernetes.io/managed-by: peers.fairlead.example}
addressType: IPv4
ports: ${ports}
endpoints:
${addresses.map((address) => `  - {addresses: [${address}], conditions: {ready: true, serving: true, terminating: false}}`).join('\n')}
---`;

/** The slices of the crowd, for both of its Services. */
function slices(addresses: readonly string[]): string {
  const text: string[] = [];
  for (const of of [CROWD, `${CROWD}-vip`]) {
    for (let from = 0; from < addresses.length; from += SLICE_SIZE)
      text.push(slice(`${of}-${from / SLICE_SIZE}`, of, addresses.slice(from, from + SLICE_SIZE)));
  }
  return text.join('');
}

/** A sandbox with what the contestants call, and the means to change it. */
export interface Cluster {
  readonly sandbox: Sandbox;
  readonly api: KubeClient;
  /** Path of a kubeconfig in JSON, whose context has the namespace. */
  readonly kubeconfig: string;
  /** Writes the number of pods; works while the API server is stopped, too, as a change through another one would. */
  scale(replicas: number): Promise<void>;
  /** Replaces the pods, gently. */
  restart(): Promise<void>;
  /** Replaces the pods by ones that start slowly, with the default strategy. */
  update(replicas: number): Promise<void>;
  /** Makes endpoints of addresses on which somebody listens. */
  addCrowd(addresses: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** The admin's access as a kubeconfig that every language reads without a YAML parser. */
async function writeKubeconfig(folder: string, source: string): Promise<string> {
  const access = loadAccess({ kubeconfig: source });
  const { token } = await access.credentials();
  const cluster = {
    server: access.server,
    'certificate-authority-data': Buffer.from(access.ca() ?? '').toString('base64'),
  };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'peers',
    clusters: [{ name: 'peers', cluster }],
    users: [{ name: 'peers', user: { token } }],
    contexts: [{ name: 'peers', context: { cluster: 'peers', user: 'peers', namespace: NAMESPACE } }],
  };
  const path = join(folder, 'kubeconfig');
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
  return path;
}

const DEPLOYMENTS = { group: 'apps', version: 'v1', resource: 'deployments' };

/** Starts the sandbox with its first pods; `binary` is what the pods run. */
export async function startCluster(binary: string): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-peers-'));
  const sandbox = await startSandbox({ port: 0, images: { [IMAGE]: [binary, 'pod'] } });
  const api = createKubeClient(loadAccess({ kubeconfig: sandbox.kubeconfig }));
  const close = async (): Promise<void> => {
    api.close();
    await sandbox.close();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const kubeconfig = await writeKubeconfig(folder, sandbox.kubeconfig);
    const namespace = `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${NAMESPACE}}\n---`;
    const both = services(ECHO, `, selector: {app: ${ECHO}}`) + services(CROWD, '');
    await sandbox.apply(namespace + both + deployment(FIRST_PODS, GENTLE));
    const restarted = (): object => ({ metadata: { annotations: { restarted: new Date().toISOString() } } });
    return {
      ...{ sandbox, api, kubeconfig, close },
      scale: (replicas) => sandbox.apply(deployment(replicas, GENTLE)),
      update: (replicas) => sandbox.apply(deployment(replicas, DEFAULTS)),
      async restart() {
        const body = { spec: { template: restarted() } };
        await api.patch(DEPLOYMENTS, ECHO, body, { namespace: NAMESPACE, kind: 'merge' });
      },
      addCrowd: (addresses) => sandbox.apply(slices(addresses)),
    };
  } catch (error) {
    await close();
    throw error;
  }
}
