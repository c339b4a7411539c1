import { kubeTime } from '../../api/clock.js';
import { findCondition, withCondition, withoutCondition } from '../conditions.js';
import type { PodObject, ReplicaSetObject, ReplicaSetStatus } from '../objects.js';
import { availableInMs, isPodReady } from '../pod.js';
import { matchesLabels } from '../selector.js';

/** Why replicas could not be made or removed. */
export interface ReplicaFailure {
  readonly reason: 'FailedCreate' | 'FailedDelete';
  readonly message: string;
}

/** What a ReplicaSet's status is computed from. */
export interface StatusInput {
  readonly set: ReplicaSetObject;
  readonly pods: readonly PodObject[];
  /** Pods of the set that are under deletion and have not ended yet (KEP-3973). */
  readonly terminating: number;
  readonly failure?: ReplicaFailure;
  readonly nowMs: number;
}

/** The status of a ReplicaSet with these active pods; counts that are zero are left out, as upstream writes it. */
export function replicaSetStatus(input: StatusInput): ReplicaSetStatus {
  const { set, pods, terminating, nowMs } = input;
  const minReadySeconds = set.spec.minReadySeconds ?? 0;
  const templateLabels = set.spec.template.metadata?.labels ?? {};
  const labeled = pods.filter((pod) => matchesLabels(templateLabels, pod.metadata.labels)).length;
  const ready = pods.filter(isPodReady).length;
  const available = pods.filter((pod) => availableInMs(pod, minReadySeconds, nowMs) === 0).length;
  const conditions = failureConditions(input);
  return {
    replicas: pods.length,
    ...(labeled ? { fullyLabeledReplicas: labeled } : {}),
    ...(ready ? { readyReplicas: ready } : {}),
    ...(available ? { availableReplicas: available } : {}),
    terminatingReplicas: terminating,
    observedGeneration: set.metadata.generation ?? 0,
    ...(conditions.length > 0 ? { conditions } : {}),
  };
}

function failureConditions({ set, failure, nowMs }: StatusInput) {
  const before = set.status?.conditions ?? [];
  if (!failure)
    return findCondition(before, 'ReplicaFailure') ? withoutCondition(before, 'ReplicaFailure') : before;
  return withCondition(before, {
    type: 'ReplicaFailure',
    status: 'True',
    lastTransitionTime: kubeTime(nowMs),
    reason: failure.reason,
    message: failure.message,
  });
}
