import { copyJson } from '../../api/storage/json.js';
import type { LabelSelector } from '../../objects.js';
import { REVISION_HASH, type RevisionOwner } from '../history/revisions.js';
import type { PodObject, PodTemplate } from '../objects.js';
import { controllerRef } from '../owner.js';

/** How many pods of a StatefulSet are in which state. */
export interface StatefulSetStatus {
  observedGeneration?: number;
  replicas: number;
  readyReplicas?: number;
  currentReplicas?: number;
  updatedReplicas?: number;
  currentRevision?: string;
  updateRevision?: string;
  collisionCount?: number;
  availableReplicas: number;
}

export interface StatefulSetObject extends RevisionOwner {
  spec: {
    replicas?: number;
    serviceName?: string;
    minReadySeconds?: number;
    revisionHistoryLimit?: number;
    podManagementPolicy?: string;
    ordinals?: { start?: number };
    selector: LabelSelector;
    template: PodTemplate;
    updateStrategy?: { type?: string; rollingUpdate?: { partition?: number } };
    volumeClaimTemplates?: { metadata?: { name?: string } }[];
  };
  status?: StatefulSetStatus;
}

/** Labels by which a pod of a StatefulSet knows, and is found by, its name and number. */
const POD_NAME = 'statefulset.kubernetes.io/pod-name';
const POD_INDEX = 'apps.kubernetes.io/pod-index';

/** The number of the set's pod of that name; undefined when the name is none of the set's. */
export function ordinalOf(set: StatefulSetObject, podName: string): number | undefined {
  const match = /^(.*)-(\d+)$/.exec(podName);
  const [, parent, digits = ''] = match ?? [];
  const ordinal = Number.parseInt(digits, 10);
  return parent === set.metadata.name && podName === `${parent}-${ordinal}` ? ordinal : undefined;
}

/** The numbers that pods of the set have, from the lowest. */
export function ordinals({ spec }: StatefulSetObject): number[] {
  const start = spec.ordinals?.start ?? 0;
  return Array.from({ length: spec.replicas ?? 1 }, (_, index) => start + index);
}

/** Which revision a pod is of: the name of its ControllerRevision. */
export function revisionOf(pod: PodObject): string {
  return pod.metadata.labels?.[REVISION_HASH] ?? '';
}

/** A template with the name of the revision that it is of. */
export interface Version {
  readonly revision: string;
  readonly template: PodTemplate;
}

/** The pod of that number. Claims of storage become emptyDirs: this cluster has no storage that outlives a pod. */
export function newPod(set: StatefulSetObject, ordinal: number, version: Version): PodObject {
  const { metadata = {}, spec } = copyJson(version.template);
  const name = `${set.metadata.name}-${ordinal}`;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      generateName: `${set.metadata.name}-`,
      namespace: set.metadata.namespace,
      labels: {
        ...metadata.labels,
        [POD_NAME]: name,
        [POD_INDEX]: String(ordinal),
        [REVISION_HASH]: version.revision,
      },
      annotations: metadata.annotations,
      finalizers: metadata.finalizers,
      ownerReferences: [controllerRef(set)],
    },
    spec: { ...spec, hostname: name, subdomain: set.spec.serviceName, ...volumesOf(set, spec) },
  };
}

function volumesOf({ spec }: StatefulSetObject, own: PodTemplate['spec']): { volumes?: object[] } {
  const names = claimNames({ spec });
  const volumes = (own.volumes ?? []).filter(({ name }) => !names.includes(name ?? ''));
  const all = [...names.map((name) => ({ name, emptyDir: {} })), ...volumes];
  return all.length > 0 ? { volumes: all } : {};
}

/** The volumes for which the set asks for storage of its own. */
export function claimNames({ spec }: Pick<StatefulSetObject, 'spec'>): string[] {
  return (spec.volumeClaimTemplates ?? []).map(({ metadata }) => metadata?.name ?? '');
}

/** Gives a pod back the labels by which it is known; false when it has them. */
export function restoreIdentity(pod: PodObject, ordinal: number): boolean {
  const { name, labels } = pod.metadata;
  if (labels?.[POD_NAME] === name) return false;
  pod.metadata.labels = { ...labels, [POD_NAME]: name, [POD_INDEX]: String(ordinal) };
  return true;
}
