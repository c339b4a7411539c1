import { copyJson } from '../../api/storage/json.js';
import type { KubeObject, LabelSelector } from '../../objects.js';
import type { Condition, PodObject, PodTemplate } from '../objects.js';
import { controllerRef } from '../owner.js';

/** How a Job is doing. */
export interface JobStatus {
  conditions?: Condition[];
  startTime?: string;
  completionTime?: string;
  active?: number;
  succeeded?: number;
  failed?: number;
  ready?: number;
  terminating?: number;
  completedIndexes?: string;
  uncountedTerminatedPods?: object;
}

export interface JobObject extends KubeObject {
  spec: {
    parallelism?: number;
    completions?: number;
    completionMode?: string;
    backoffLimit?: number;
    activeDeadlineSeconds?: number;
    ttlSecondsAfterFinished?: number;
    suspend?: boolean;
    selector: LabelSelector;
    template: PodTemplate;
    podReplacementPolicy?: string;
    managedBy?: string;
  };
  status?: JobStatus;
}

/** Keeps an ended pod until the Job has counted it. */
export const TRACKING = 'batch.kubernetes.io/job-tracking';
const INDEX = 'batch.kubernetes.io/job-completion-index';
const INDEX_VARIABLE = 'JOB_COMPLETION_INDEX';

/** Whether the pods of a Job have an index each. */
export function isIndexed({ spec }: JobObject): boolean {
  return spec.completionMode === 'Indexed';
}

/** The index of a pod; undefined when it has none. */
export function indexOf({ metadata }: PodObject): number | undefined {
  const text = metadata.annotations?.[INDEX];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** Whether the Job has yet to count the pod. */
export function isTracked({ metadata }: PodObject): boolean {
  return metadata.finalizers?.includes(TRACKING) ?? false;
}

/** Whether a pod counts as failed; by default one that is being deleted does, because its successor is made at once. */
export function hasFailed({ spec }: JobObject, { metadata, status }: PodObject): boolean {
  if (status?.phase === 'Failed') return true;
  if (spec.podReplacementPolicy === 'Failed') return false;
  return metadata.deletionTimestamp !== undefined && status?.phase !== 'Succeeded';
}

/** The condition with which a Job has ended. */
export function endOf({ status }: JobObject): Condition | undefined {
  return status?.conditions?.find(
    ({ type, status: holds }) => (type === 'Complete' || type === 'Failed') && holds === 'True',
  );
}

/** A pod of a Job, with its index if the Job has them. */
export function newJobPod(job: JobObject, index: number | undefined): KubeObject {
  const { metadata = {}, spec } = copyJson(job.spec.template);
  const { name, namespace } = job.metadata;
  const own: Record<string, string> = index === undefined ? {} : { [INDEX]: String(index) };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: '',
      generateName: index === undefined ? `${name}-` : `${name}-${index}-`,
      namespace,
      labels: { ...metadata.labels, ...own },
      annotations: { ...metadata.annotations, ...own },
      finalizers: [...(metadata.finalizers ?? []).filter((each) => each !== TRACKING), TRACKING],
      ownerReferences: [controllerRef(job)],
    },
    spec: index === undefined ? spec : { ...withIndexVariable(spec), hostname: `${name}-${index}` },
  };
}

function withIndexVariable(spec: PodTemplate['spec']): PodTemplate['spec'] {
  const variable = {
    name: INDEX_VARIABLE,
    valueFrom: { fieldRef: { fieldPath: `metadata.labels['${INDEX}']` } },
  };
  const extend = (list: PodTemplate['spec']['containers'] | undefined) =>
    list?.map((container) => {
      const { env = [] } = container as { env?: { name: string }[] };
      if (env.some(({ name }) => name === INDEX_VARIABLE)) return container;
      return { ...container, env: [...env, variable] };
    });
  const initContainers = extend(spec.initContainers);
  return {
    ...spec,
    containers: extend(spec.containers) ?? [],
    ...(initContainers ? { initContainers } : {}),
  };
}
