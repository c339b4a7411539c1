import type { RevisionObject } from '../history/revisions.js';
import type { PodObject } from '../objects.js';
import { availableInMs, isPodReady } from '../pod.js';
import { revisionOf, type StatefulSetObject, type StatefulSetStatus } from './stateful-set.js';

/** What a StatefulSet's status is computed from. */
interface StatusInput {
  readonly set: StatefulSetObject;
  readonly pods: readonly PodObject[];
  readonly current: RevisionObject;
  readonly update: RevisionObject;
  readonly collisionCount: number;
  readonly nowMs: number;
}

/** The status of a StatefulSet with these pods; counts that are zero are left out where upstream does. */
export function statefulSetStatus(input: StatusInput): StatefulSetStatus {
  const { set, pods, collisionCount, nowMs } = input;
  const wanted = set.spec.replicas ?? 1;
  const ready = pods.filter(isRunningAndReady);
  const minReadySeconds = set.spec.minReadySeconds ?? 0;
  const available = ready.filter((pod) => availableInMs(pod, minReadySeconds, nowMs) === 0);
  const update = input.update.metadata.name;
  let current = input.current.metadata.name;
  const staying = pods.filter(({ metadata }) => !metadata.deletionTimestamp);
  const updated = staying.filter((pod) => revisionOf(pod) === update).length;
  const rolling = (set.spec.updateStrategy?.type ?? 'RollingUpdate') === 'RollingUpdate';
  if (rolling && [updated, ready.length, pods.length].every((count) => count === wanted)) current = update;
  const counts = {
    readyReplicas: ready.length,
    currentReplicas: staying.filter((pod) => revisionOf(pod) === current).length,
    updatedReplicas: updated,
  };
  return {
    observedGeneration: set.metadata.generation ?? 0,
    replicas: pods.length,
    ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
    currentRevision: current,
    updateRevision: update,
    collisionCount,
    availableReplicas: available.length,
  };
}

/** Whether a pod runs and is ready. */
export function isRunningAndReady(pod: PodObject): boolean {
  return pod.status?.phase === 'Running' && isPodReady(pod);
}
