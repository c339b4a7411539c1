import { bootstrapCluster } from '../api/auth/bootstrap.js';
import { type Clock, kubeTime, type Timer } from '../api/clock.js';
import { type ClusterStore, createClusterStore } from '../api/cluster-store.js';
import type { SandboxLogger } from '../logger.js';
import type { KubeObject } from '../objects.js';
import type { ControllerContext } from './controller.js';
import type { PodObject } from './objects.js';
import { isPodTerminal } from './pod.js';

/** Time that moves only when told to. */
export interface VirtualClock extends Clock {
  /** Moves time on; timers that are due run in order, and `between` is awaited after each. */
  advance(ms: number, between?: () => Promise<void>): Promise<void>;
}

/** A virtual clock that starts at a fixed moment. */
function createVirtualClock(startMs = Date.parse('2030-01-01T00:00:00Z')): VirtualClock {
  let nowMs = startMs;
  const timers = new Set<{ atMs: number; fn: () => void }>();
  return {
    now: () => nowMs,
    setTimeout(fn, ms): Timer {
      const timer = { atMs: nowMs + ms, fn };
      timers.add(timer);
      return { cancel: () => void timers.delete(timer) };
    },
    async advance(ms, between = async () => {}) {
      const endMs = nowMs + ms;
      for (;;) {
        const due = [...timers].filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
        if (!due) break;
        timers.delete(due);
        nowMs = Math.max(nowMs, due.atMs);
        due.fn();
        await between();
      }
      nowMs = endMs;
      await between();
    },
  };
}

/** One line of a recording logger. */
export interface LogLine {
  readonly level: keyof SandboxLogger;
  readonly msg: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A logger that keeps what it is told. */
export function createRecordingLogger(): SandboxLogger & { readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const at =
    (level: keyof SandboxLogger) =>
    (msg: string, fields: Readonly<Record<string, unknown>> = {}): void =>
      void lines.push({ level, msg, fields });
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** A real store on a virtual clock, in which the test starts the loops that it is about. */
export interface ControllerBench {
  readonly api: ClusterStore;
  readonly clock: VirtualClock;
  readonly logger: SandboxLogger & { readonly lines: LogLine[] };
  readonly context: ControllerContext;
  /** Waits until nothing is written any more. */
  settle(): Promise<void>;
  /** Moves time on and lets every loop react to it. */
  advance(ms: number): Promise<void>;
}

/** Makes a bench with the namespaces of a fresh cluster and `shop`. */
export function createBench(): ControllerBench {
  const clock = createVirtualClock();
  const api = createClusterStore({ clock });
  const logger = createRecordingLogger();
  bootstrapCluster(api);
  api.create('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  async function settle(): Promise<void> {
    // A write reaches the loops in a microtask and they act in the next turns; ten quiet turns mean rest.
    for (let quiet = 0, version = -1; quiet < 10; ) {
      quiet = version === api.resourceVersion ? quiet + 1 : 0;
      version = api.resourceVersion;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  const context = { api, clock, logger, random: () => 0.5 };
  async function advance(ms: number): Promise<void> {
    await settle();
    await clock.advance(ms, settle);
  }
  return { api, clock, logger, context, settle, advance };
}

/** Registers a Ready node in a zone. */
export function addNode(bench: ControllerBench, name: string, zone: string): void {
  const now = kubeTime(bench.clock.now());
  bench.api.create('nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'topology.kubernetes.io/zone': zone } },
    spec: {},
    status: {
      conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: now, lastTransitionTime: now }],
    },
  });
}

/** Plays all node agents: bound pods start and become ready, deleted ones end. */
export interface FakeKubelet {
  /** Whether pods become ready; a function decides per pod. Default true. */
  readiness: boolean | ((pod: PodObject) => boolean);
  /** Whether deleted pods end. Default true. */
  ending: boolean;
  /** Applies a change of the two above to pods that wait. */
  poke(): void;
  close(): void;
}

/** Starts a fake kubelet; each pod gets the next address of 10.244.0.0/16. */
export function startFakeKubelet(bench: ControllerBench): FakeKubelet {
  const { api } = bench;
  let lastIp = 0;
  function act(pod: PodObject): void {
    const { namespace, name, deletionTimestamp } = pod.metadata;
    if (!pod.spec.nodeName) return;
    if (deletionTimestamp) {
      if (kubelet.ending) api.delete('pods', namespace, name, { gracePeriodSeconds: 0 });
      return;
    }
    // What has ended runs no more.
    if (isPodTerminal(pod)) return;
    const ready = typeof kubelet.readiness === 'function' ? kubelet.readiness(pod) : kubelet.readiness;
    setPodReady(bench, pod, ready, pod.status?.podIP ?? nextIp());
  }
  function nextIp(): string {
    lastIp++;
    return `10.244.${lastIp >> 8}.${lastIp & 255}`;
  }
  const stop = api.watch('pods', ({ type, object }) => {
    if (type === 'DELETED') return;
    // The stored form: events of a turn may be several writes old.
    const pod = api.get('pods', object.metadata.namespace, object.metadata.name);
    if (pod) act(pod as PodObject);
  });
  const kubelet: FakeKubelet = {
    readiness: true,
    ending: true,
    poke() {
      for (const pod of api.list('pods') as readonly PodObject[]) act(pod);
    },
    close: stop,
  };
  return kubelet;
}

/** Writes the status of a running pod, ready or not. */
export function setPodReady(bench: ControllerBench, pod: KubeObject, ready: boolean, ip: string): void {
  const { namespace, name } = pod.metadata;
  bench.api.modify(
    'pods',
    namespace,
    name,
    (copy) => {
      const next = copy as PodObject;
      const status = ready ? 'True' : 'False';
      const before = next.status?.conditions?.find(({ type }) => type === 'Ready');
      if (next.status?.podIP === ip && before?.status === status) return false;
      const others = (next.status?.conditions ?? []).filter(({ type }) => type !== 'Ready');
      const now = kubeTime(bench.clock.now());
      next.status = {
        ...next.status,
        phase: 'Running',
        startTime: next.status?.startTime ?? now,
        podIP: ip,
        podIPs: [{ ip }],
        conditions: [...others, { type: 'Ready', status, lastTransitionTime: now }],
      };
      return true;
    },
    { subresource: 'status' },
  );
}

/** A Deployment of `web` pods in namespace `shop`. */
export function webDeployment(replicas: number, spec: Record<string, unknown> = {}): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: {
          containers: [
            { name: 'main', image: 'fairlead/echo', ports: [{ name: 'grpc', containerPort: 8088 }] },
          ],
        },
      },
      ...spec,
    },
  };
}

/** A headless Service on the `web` pods in namespace `shop`. */
export function webService(spec: Record<string, unknown> = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      clusterIP: 'None',
      selector: { app: 'web' },
      ports: [{ name: 'tcp', port: 8088, targetPort: 8088 }],
      ...spec,
    },
  };
}
