import type { ClusterApi } from '../../api/store.js';
import { isNamespaceTerminating } from '../controller.js';
import type { EventRecorder } from '../events.js';
import type { PodObject } from '../objects.js';
import { podsToDelete } from '../replicaset/deletion-order.js';
import { indexOf, isIndexed, type JobObject, newJobPod, TRACKING } from './job.js';

/** At most so many pods are made or removed per pass, as upstream. */
const MOST_PER_PASS = 500;

/** What making and removing pods needs. */
export interface JobWork {
  readonly api: ClusterApi;
  readonly say: EventRecorder;
  readonly job: JobObject;
  readonly nowMs: number;
}

/** Makes pods in batches of 1, 2, 4, …, so that a template that is refused costs few requests. */
export function createPods(work: JobWork, indexes: readonly (number | undefined)[]): void {
  const wanted = indexes.slice(0, MOST_PER_PASS);
  let failed: { error: unknown } | undefined;
  let batch = 1;
  for (let at = 0; at < wanted.length && !failed; at += batch, batch *= 2) {
    for (const index of wanted.slice(at, at + batch)) {
      try {
        createPod(work, index);
      } catch (error) {
        failed = { error };
      }
    }
  }
  if (failed) throw failed.error;
}

function createPod({ api, say, job }: JobWork, index: number | undefined): void {
  try {
    const pod = api.create('pods', newJobPod(job, index));
    const message = `Created pod: ${pod.metadata.name}`;
    say({ about: job, type: 'Normal', reason: 'SuccessfulCreate', message });
  } catch (error) {
    if (isNamespaceTerminating(error)) return;
    const message = `Error creating: ${error instanceof Error ? error.message : String(error)}`;
    say({ about: job, type: 'Warning', reason: 'FailedCreate', message });
    throw error;
  }
}

/** Deletes pods. */
export function deletePods({ api, say, job }: JobWork, pods: readonly PodObject[]): void {
  for (const { metadata } of pods) {
    const { namespace, name, uid } = metadata;
    api.delete('pods', namespace, name, { uid: uid ?? '' });
    say({ about: job, type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted pod: ${name}` });
  }
}

/** Lets go of a pod that is counted, or that nobody counts any more. */
export function stopTracking(api: ClusterApi, { metadata }: PodObject): void {
  api.modify('pods', metadata.namespace, metadata.name, (copy) => {
    if (copy.metadata.uid !== metadata.uid || !copy.metadata.finalizers?.includes(TRACKING)) return false;
    const others = copy.metadata.finalizers.filter((each) => each !== TRACKING);
    if (others.length > 0) copy.metadata.finalizers = others;
    else delete copy.metadata.finalizers;
    return true;
  });
}

/** Active pods that are too many: of an index twice or out of range, then by the order in which replicas go. */
export function surplusPods(
  { job, nowMs }: JobWork,
  active: readonly PodObject[],
  most: number,
): PodObject[] {
  const surplus: PodObject[] = [];
  let left = [...active];
  if (isIndexed(job)) {
    const seen = new Set<number>();
    left = left.filter((pod) => {
      const index = indexOf(pod);
      const fits = index !== undefined && index < (job.spec.completions ?? 0) && !seen.has(index);
      if (fits) seen.add(index);
      else surplus.push(pod);
      return fits;
    });
  }
  const count = active.length - most - surplus.length;
  if (count > 0) surplus.push(...podsToDelete({ pods: left, related: left, count, nowMs }));
  return surplus.slice(0, MOST_PER_PASS);
}
