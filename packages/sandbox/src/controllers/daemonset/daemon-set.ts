import { copyJson } from '../../api/storage/json.js';
import type { KubeObject, LabelSelector } from '../../objects.js';
import { REVISION_HASH, type RevisionOwner } from '../history/revisions.js';
import type { NodeObject, PodObject, PodTemplate, Toleration } from '../objects.js';
import { controllerRef } from '../owner.js';
import { availableInMs } from '../pod.js';
import { isTolerated } from '../scheduler/fit.js';
import { matchesNodeAffinity } from '../scheduler/node-affinity.js';

/** How many nodes have a pod of a DaemonSet, and how the pods are doing. */
export interface DaemonSetStatus {
  observedGeneration?: number;
  currentNumberScheduled: number;
  numberMisscheduled: number;
  desiredNumberScheduled: number;
  numberReady: number;
  updatedNumberScheduled?: number;
  numberAvailable?: number;
  numberUnavailable?: number;
  collisionCount?: number;
}

export interface DaemonSetObject extends RevisionOwner {
  spec: {
    selector: LabelSelector;
    template: PodTemplate;
    minReadySeconds?: number;
    revisionHistoryLimit?: number;
    updateStrategy?: {
      type?: string;
      rollingUpdate?: { maxUnavailable?: number | string; maxSurge?: number | string };
    };
  };
  status?: DaemonSetStatus;
}

const TEMPLATE_GENERATION_ANNOTATION = 'deprecated.daemonset.template.generation';
const TEMPLATE_GENERATION_LABEL = 'pod-template-generation';
const NODE_NAME = 'metadata.name';

/** Taints that every pod of a DaemonSet tolerates: troubles of nodes, which daemons are there to see or to mend. */
const TOLERATED: readonly Toleration[] = [
  { key: 'node.kubernetes.io/not-ready', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/disk-pressure', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/memory-pressure', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/pid-pressure', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' },
];
const TOLERATED_ON_HOST: Toleration = {
  key: 'node.kubernetes.io/network-unavailable',
  effect: 'NoSchedule',
};

/** The pod for a node: the scheduler binds it, for its affinity allows no other. */
export function newDaemonPod(set: DaemonSetObject, hash: string, node: string): KubeObject {
  const { metadata = {}, spec } = copyJson(set.spec.template);
  const generation = set.metadata.annotations?.[TEMPLATE_GENERATION_ANNOTATION];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: '',
      generateName: `${set.metadata.name}-`,
      namespace: set.metadata.namespace,
      labels: {
        ...metadata.labels,
        [REVISION_HASH]: hash,
        ...(generation ? { [TEMPLATE_GENERATION_LABEL]: generation } : {}),
      },
      annotations: metadata.annotations,
      finalizers: metadata.finalizers,
      ownerReferences: [controllerRef(set)],
    },
    spec: { ...spec, affinity: affinityTo(node, spec.affinity), tolerations: tolerationsOf(spec) },
  };
}

function affinityTo(node: string, affinity: PodObject['spec']['affinity']): object {
  const { nodeAffinity } = affinity ?? {};
  const required = nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const matchFields = [{ key: NODE_NAME, operator: 'In', values: [node] }];
  return {
    ...affinity,
    nodeAffinity: {
      ...nodeAffinity,
      requiredDuringSchedulingIgnoredDuringExecution: { ...required, nodeSelectorTerms: [{ matchFields }] },
    },
  };
}

function tolerationsOf({ tolerations = [], hostNetwork }: PodObject['spec']): Toleration[] {
  const added = hostNetwork ? [...TOLERATED, TOLERATED_ON_HOST] : TOLERATED;
  const wanted = added.map((each) => ({ ...each, operator: 'Exists' }));
  const replaced = (own: Toleration): boolean =>
    wanted.some(({ key, effect }) => key === own.key && effect === own.effect);
  return [...tolerations.filter((own) => !replaced(own)), ...wanted];
}

/** The node that a pod of a DaemonSet runs on, or waits for. */
export function nodeOf({ spec }: PodObject): string | undefined {
  if (spec.nodeName) return spec.nodeName;
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const fields = required?.nodeSelectorTerms?.[0]?.matchFields;
  return fields?.find(({ key }) => key === NODE_NAME)?.values?.[0];
}

/** Whether a node gets a pod, and whether one that it has may stay. */
export interface Fit {
  readonly run: boolean;
  readonly stay: boolean;
}

/** Judges a node as upstream's NodeShouldRunDaemonPod does; a node without a living kubelet gets no new pod. */
export function fitOf(set: DaemonSetObject, node: NodeObject): Fit {
  const { spec } = set.spec.template;
  const named = !spec.nodeName || spec.nodeName === node.metadata.name;
  if (!named || !matchesNodeAffinity({ spec }, node)) return { run: false, stay: false };
  const tolerations = tolerationsOf(spec);
  const untolerated = (node.spec?.taints ?? []).filter(
    (taint) => taint.effect !== 'PreferNoSchedule' && !isTolerated(taint, tolerations),
  );
  if (untolerated.some(({ effect }) => effect === 'NoExecute')) return { run: false, stay: false };
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
  return { run: ready && untolerated.length === 0, stay: true };
}

/** Whether a pod is of the present template. */
export function isUpdated(set: DaemonSetObject, pod: PodObject, hash: string): boolean {
  const { labels = {} } = pod.metadata;
  const generation = set.metadata.annotations?.[TEMPLATE_GENERATION_ANNOTATION];
  const same = generation !== undefined && labels[TEMPLATE_GENERATION_LABEL] === generation;
  return labels[REVISION_HASH] === hash || same;
}

/** Whether a pod is ready for as long as the set asks for. */
export function isAvailable(set: DaemonSetObject, pod: PodObject, nowMs: number): boolean {
  return availableInMs(pod, set.spec.minReadySeconds ?? 0, nowMs) === 0;
}

/** How many nodes may be without a pod, and how many may have two, of so many; percentages round up. */
export function limitsOf({ spec }: DaemonSetObject, nodes: number): { unavailable: number; surge: number } {
  const { type = 'RollingUpdate', rollingUpdate = {} } = spec.updateStrategy ?? {};
  if (type !== 'RollingUpdate') return { unavailable: 0, surge: 0 };
  const unavailable = scaled(rollingUpdate.maxUnavailable ?? 1, nodes);
  const surge = scaled(rollingUpdate.maxSurge ?? 0, nodes);
  // Nothing could ever move with neither.
  return nodes > 0 && unavailable === 0 && surge === 0 ? { unavailable: 1, surge } : { unavailable, surge };
}

function scaled(value: number | string, total: number): number {
  if (typeof value === 'number') return value;
  const percent = /^(\d+)%$/.exec(value)?.[1];
  return percent === undefined ? 0 : Math.ceil((total * Number(percent)) / 100);
}
