import type { PodObject } from '../objects.js';
import {
  deletePod,
  type Fleet,
  fleetOf,
  isAvailable,
  processCondemned,
  processReplica,
  type Rollout,
} from './replicas.js';
import { revisionOf } from './stateful-set.js';

/**
 * Does what may be done now, as upstream's updateStatefulSet: missing pods are made from the lowest number on, then
 * surplus ones are given up from the highest, then one pod of an old template is replaced from the highest. In an
 * ordered set every step waits until the one before is done.
 */
export function advance(rollout: Rollout, pods: readonly PodObject[]): void {
  const fleet = fleetOf(rollout.set, pods);
  const firstUnavailable = findUnavailable(rollout, fleet);
  if (runForAll(rollout, fleet.replicas, (replica) => processReplica(rollout, replica))) return;
  const giveUp = (pod: PodObject): boolean => processCondemned(rollout, pod, firstUnavailable);
  if (runForAll(rollout, fleet.condemned, giveUp)) return;
  if (rollout.set.spec.updateStrategy?.type !== 'OnDelete') replaceOne(rollout, fleet);
}

/** The condemned pod that alone may go while it is in trouble: one of those that stay comes before. */
function findUnavailable(rollout: Rollout, { replicas, condemned }: Fleet): PodObject | undefined {
  const unavailable = (pod: PodObject): boolean =>
    pod.metadata.deletionTimestamp !== undefined || !isAvailable(rollout, pod);
  for (const { pod } of replicas) if (pod && unavailable(pod)) return pod;
  return condemned.findLast(unavailable);
}

/**
 * Carries out `step` for each; true when the pass ends here. An unordered set goes on to the next in batches of 1, 2, 4,
 * …, and ends after a batch in which something failed.
 */
function runForAll<T>({ ordered }: Rollout, items: readonly T[], step: (item: T) => boolean): boolean {
  if (ordered) return items.some(step);
  let batch = 1;
  for (let at = 0; at < items.length; at += batch, batch *= 2) {
    let failed: { error: unknown } | undefined;
    for (const item of items.slice(at, at + batch)) {
      try {
        step(item);
      } catch (error) {
        failed = { error };
      }
    }
    if (failed) throw failed.error;
  }
  return false;
}

/** Replaces the pod with the highest number that is not of the new template, down to the partition. */
function replaceOne(rollout: Rollout, { replicas }: Fleet): void {
  const { set, update } = rollout;
  // By index, not by number: upstream counts the partition from the first pod here.
  const partition = set.spec.updateStrategy?.rollingUpdate?.partition ?? 0;
  for (const { pod } of replicas.slice(partition).reverse()) {
    if (pod === undefined) return;
    if (revisionOf(pod) !== update.revision && !pod.metadata.deletionTimestamp) {
      deletePod(rollout, pod);
      return;
    }
    if (pod.metadata.deletionTimestamp || !isAvailable(rollout, pod)) return;
  }
}
