import { kubeTime } from '../api/clock.js';
import { equalJson } from '../api/storage/json.js';
import type { StoreEvent } from '../api/store.js';
import type { KubeObject } from '../objects.js';
import { findCondition } from './conditions.js';
import {
  type Controller,
  type ControllerContext,
  createController,
  splitKey,
  watchSelf,
} from './controller.js';
import { recordEvent } from './events.js';
import type { LeaseObject, NodeObject, PodObject } from './objects.js';
import { isPodReady } from './pod.js';

/** Options of the node lifecycle controller. */
export interface NodeLifecycleOptions {
  /** Silence of a node (Lease and status) until it counts as gone. Default 40 s, four missed renewals of a kubelet. */
  readonly graceMs?: number;
}

/** A look that comes later than this was late because this process stood still (a laptop's sleep): nobody was silent. */
const ASLEEP_MS = 5_000;
const LEASE_NAMESPACE = 'kube-node-lease';
const COMPONENT = 'node-controller';
/** Conditions that only a living kubelet can vouch for. */
const REPORTED = new Set(['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure']);
/** The taints that stand for a node without a living kubelet, by the status of Ready; pods say how long they stay. */
const TAINT_OF: Readonly<Record<string, string>> = {
  Unknown: 'node.kubernetes.io/unreachable',
  False: 'node.kubernetes.io/not-ready',
};

/** Notices nodes that fell silent: their Ready becomes Unknown, their pods unready, and pods go that tolerate no more. */
export function createNodeLifecycleController(
  context: ControllerContext,
  { graceMs = 40_000 }: NodeLifecycleOptions = {},
): Controller {
  const { api, clock } = context;
  // The node's own times are compared for change only: its clock may differ.
  const heard = new Map<string, { sign: string; atMs: number }>();
  const dueMs = new Map<string, number>();

  function reconcile(key: string): number | undefined {
    const { name } = splitKey(key);
    if (clock.now() - (dueMs.get(name) ?? Number.POSITIVE_INFINITY) > ASLEEP_MS) heard.delete(name);
    const inMs = check(name);
    if (inMs === undefined) dueMs.delete(name);
    else dueMs.set(name, clock.now() + inMs);
    return inMs;
  }

  function check(name: string): number | undefined {
    const node = api.get('nodes', undefined, name) as NodeObject | undefined;
    if (!node) {
      heard.delete(name);
      return undefined;
    }
    labelNode(context, node);
    if (!heard.has(name)) welcome(context, node);
    const silentMs = clock.now() - lastHeardMs(node);
    const ready = findCondition(node.status?.conditions, 'Ready');
    if (silentMs >= graceMs) {
      if (ready?.status !== 'Unknown') markUnknown(context, node);
    } else if (ready?.status === 'True') {
      return graceMs - silentMs;
    }
    const evictInMs = handlePods(name);
    return silentMs < graceMs ? Math.min(graceMs - silentMs, evictInMs ?? graceMs) : evictInMs;
  }

  function lastHeardMs(node: NodeObject): number {
    const { name } = node.metadata;
    const lease = api.get('leases', LEASE_NAMESPACE, name) as LeaseObject | undefined;
    const beat = findCondition(node.status?.conditions, 'Ready')?.lastHeartbeatTime;
    const sign = JSON.stringify([node.metadata.uid, lease?.spec?.renewTime, beat]);
    let last = heard.get(name);
    if (last?.sign !== sign) {
      last = { sign, atMs: clock.now() };
      heard.set(name, last);
    }
    return last.atMs;
  }

  /** Takes readiness from the pods of a node that is not Ready, or deletes them; answers when that is due. */
  function handlePods(name: string): number | undefined {
    const node = api.get('nodes', undefined, name) as NodeObject | undefined;
    const ready = findCondition(node?.status?.conditions, 'Ready');
    const sinceMs = Date.parse(ready?.lastTransitionTime ?? '') || clock.now();
    const taint = TAINT_OF[ready?.status ?? 'Unknown'];
    const disrupted = isDisrupted(api.list('nodes') as readonly NodeObject[]);
    let nextMs = Number.POSITIVE_INFINITY;
    for (const pod of api.list('pods') as readonly PodObject[]) {
      if (pod.spec.nodeName !== name || !taint) continue;
      if (isPodReady(pod)) markPodNotReady(context, pod);
      if (pod.metadata.deletionTimestamp) continue;
      const leftMs = sinceMs + toleratedMs(pod, taint) - clock.now();
      if (leftMs > 0) nextMs = Math.min(nextMs, leftMs);
      else if (!disrupted) evict(context, pod);
      else nextMs = Math.min(nextMs, graceMs);
    }
    return Number.isFinite(nextMs) ? nextMs : undefined;
  }

  return createController({
    ...context,
    name: 'node-lifecycle',
    watches: [
      watchSelf('nodes'),
      { resource: 'leases', keys: ({ object }) => nodeOfLease(object) },
      { resource: 'pods', keys: (event) => nodeOfReadyPod(context, event) },
    ],
    reconcile,
  });
}

/** Upstream's full disruption: when no node is heard, it is not the nodes that are lost, and nothing is deleted. */
function isDisrupted(nodes: readonly NodeObject[]): boolean {
  return nodes.every((node) => findCondition(node.status?.conditions, 'Ready')?.status !== 'True');
}

function nodeOfLease({ metadata }: KubeObject): string[] {
  return metadata.namespace === LEASE_NAMESPACE ? [`/${metadata.name}`] : [];
}

/** The node of a pod that claims to be ready, if the node itself is not. */
function nodeOfReadyPod({ api }: ControllerContext, { type, object }: StoreEvent): string[] {
  const pod = object as PodObject;
  if (type === 'DELETED' || !pod.spec.nodeName || !isPodReady(pod)) return [];
  const node = api.get('nodes', undefined, pod.spec.nodeName) as NodeObject | undefined;
  return node && findCondition(node.status?.conditions, 'Ready')?.status !== 'True'
    ? [`/${node.metadata.name}`]
    : [];
}

/** Labels by their names before Kubernetes 1.14, and the time to live of objects: old clients look for them. */
const OLD_LABELS: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'kubernetes.io/arch',
  'beta.kubernetes.io/os': 'kubernetes.io/os',
};
const TTL = 'node.alpha.kubernetes.io/ttl';

function welcome(context: ControllerContext, node: NodeObject): void {
  const { name } = node.metadata;
  const message = `Node ${name} event: Registered Node ${name} in Controller`;
  recordEvent(context, COMPONENT, { about: node, type: 'Normal', reason: 'RegisteredNode', message });
}

function labelNode({ api }: ControllerContext, node: NodeObject): void {
  api.modify('nodes', undefined, node.metadata.name, ({ metadata }) => {
    const labels = { ...metadata.labels };
    for (const [old, now] of Object.entries(OLD_LABELS)) {
      const value = labels[now];
      if (value !== undefined) labels[old] = value;
    }
    if (equalJson(labels, metadata.labels ?? {}) && metadata.annotations?.[TTL] !== undefined) return false;
    metadata.labels = labels;
    metadata.annotations = { [TTL]: '0', ...metadata.annotations };
    return true;
  });
}

function markUnknown(context: ControllerContext, node: NodeObject): void {
  const { name } = node.metadata;
  const now = kubeTime(context.clock.now());
  const change = (copy: KubeObject): void => {
    const next = copy as NodeObject;
    const before = next.status?.conditions ?? [];
    const conditions = before.some(({ type }) => type === 'Ready')
      ? before
      : [...before, { type: 'Ready', status: 'Unknown' as const }];
    next.status = {
      ...next.status,
      conditions: conditions.map((condition) =>
        REPORTED.has(condition.type)
          ? {
              ...condition,
              status: 'Unknown',
              lastTransitionTime:
                condition.status === 'Unknown' ? (condition.lastTransitionTime ?? now) : now,
              reason: 'NodeStatusUnknown',
              message: 'Kubelet stopped posting node status.',
            }
          : condition,
      ),
    };
  };
  context.api.modify('nodes', undefined, name, change, { subresource: 'status' });
  const message = `Node ${name} status is now: NodeNotReady`;
  recordEvent(context, COMPONENT, { about: node, type: 'Normal', reason: 'NodeNotReady', message });
}

function markPodNotReady(context: ControllerContext, pod: PodObject): void {
  const { namespace, name } = pod.metadata;
  const now = kubeTime(context.clock.now());
  const change = (copy: KubeObject): boolean => {
    const next = copy as PodObject;
    if (!isPodReady(next)) return false;
    next.status = {
      ...next.status,
      conditions: (next.status?.conditions ?? []).map((condition) =>
        condition.type === 'Ready' ? { ...condition, status: 'False', lastTransitionTime: now } : condition,
      ),
    };
    return true;
  };
  context.api.modify('pods', namespace, name, change, { subresource: 'status' });
  const message = 'Node is not ready';
  recordEvent(context, COMPONENT, { about: pod, type: 'Warning', reason: 'NodeNotReady', message });
}

/** How long a pod stays on a node with a NoExecute taint: the API server's default is 300 s, daemons stay for ever. */
function toleratedMs(pod: PodObject, taint: string): number {
  const seconds = (pod.spec.tolerations ?? [])
    .filter(({ key, effect }) => (!effect || effect === 'NoExecute') && (!key || key === taint))
    .map(({ tolerationSeconds = Number.POSITIVE_INFINITY }) => tolerationSeconds);
  return seconds.length > 0 ? Math.min(...seconds) * 1000 : 0;
}

function evict(context: ControllerContext, pod: PodObject): void {
  const { namespace, name, uid } = pod.metadata;
  const message = `Marking for deletion Pod ${namespace ?? ''}/${name}`;
  recordEvent(context, COMPONENT, { about: pod, type: 'Normal', reason: 'TaintManagerEviction', message });
  context.api.delete('pods', namespace, name, { uid });
}
