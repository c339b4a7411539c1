import { kubeTime } from '../../api/clock.js';
import { findCondition, withCondition, withoutCondition } from '../conditions.js';
import type { Condition, DeploymentObject, DeploymentStatus, ReplicaSetObject } from '../objects.js';
import { maxUnavailable } from './limits.js';
import { sumSpecReplicas } from './rollout.js';

/** What a Deployment's status is computed from. */
export interface StatusInput {
  readonly deployment: DeploymentObject;
  readonly newSet: ReplicaSetObject | undefined;
  readonly oldSets: readonly ReplicaSetObject[];
  readonly nowMs: number;
}

/** This deadline means none, as upstream (MaxInt32). */
const NO_DEADLINE = 2_147_483_647;

/** Counts and the Available condition; the Progressing condition is left as it was. */
export function baseStatus({ deployment, newSet, oldSets, nowMs }: StatusInput): DeploymentStatus {
  const all = newSet ? [...oldSets, newSet] : oldSets;
  const sum = (field: 'replicas' | 'readyReplicas' | 'availableReplicas' | 'terminatingReplicas'): number =>
    all.reduce((total, set) => total + (set.status?.[field] ?? 0), 0);
  const available = sum('availableReplicas');
  const wanted = deployment.spec.replicas ?? 1;
  const enough = available >= wanted - maxUnavailable(deployment);
  const counts = {
    replicas: sum('replicas'),
    updatedReplicas: newSet?.status?.replicas ?? 0,
    readyReplicas: sum('readyReplicas'),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, sumSpecReplicas(all) - available),
    collisionCount: deployment.status?.collisionCount ?? 0,
  };
  return {
    observedGeneration: deployment.metadata.generation ?? 0,
    ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
    terminatingReplicas: sum('terminatingReplicas'),
    conditions: withCondition(
      deployment.status?.conditions ?? [],
      enough
        ? condition(nowMs, [
            'Available',
            'True',
            'MinimumReplicasAvailable',
            'Deployment has minimum availability.',
          ])
        : condition(nowMs, [
            'Available',
            'False',
            'MinimumReplicasUnavailable',
            'Deployment does not have minimum availability.',
          ]),
    ),
  };
}

/** The status with the Progressing and ReplicaFailure conditions of a rollout. */
export function rolloutStatus(input: StatusInput): DeploymentStatus {
  const { deployment, newSet, oldSets, nowMs } = input;
  const status = baseStatus(input);
  const before = deployment.status ?? {};
  const current = findCondition(before.conditions, 'Progressing');
  let conditions = status.conditions ?? [];
  const finished =
    (status.replicas ?? 0) === (status.updatedReplicas ?? 0) && current?.reason === 'NewReplicaSetAvailable';
  if (!hasDeadline(deployment)) {
    conditions = withoutCondition(conditions, 'Progressing');
  } else if (!finished) {
    const say = (outcome: Condition['status'], reason: string, text: string): Condition =>
      condition(nowMs, ['Progressing', outcome, reason, `${subject(deployment, newSet)} ${text}`]);
    if (isComplete(deployment, status)) {
      const next = say('True', 'NewReplicaSetAvailable', 'has successfully progressed.');
      conditions = withCondition(conditions, next);
    } else if (hasProgressed(before, status)) {
      const next = say('True', 'ReplicaSetUpdated', 'is progressing.');
      if (current?.status === 'True') next.lastTransitionTime = current.lastTransitionTime;
      conditions = [...withoutCondition(conditions, 'Progressing'), next];
    } else if (progressDeadlineInMs(deployment, nowMs) === 0) {
      conditions = withCondition(
        conditions,
        say('False', 'ProgressDeadlineExceeded', 'has timed out progressing.'),
      );
    }
  }
  const failure = replicaFailure(newSet, oldSets);
  conditions = failure
    ? withCondition(conditions, { ...failure, lastUpdateTime: kubeTime(nowMs) })
    : withoutCondition(conditions, 'ReplicaFailure');
  return { ...status, conditions };
}

/** Whether every replica is of the new template and available. */
export function isComplete(deployment: DeploymentObject, status: DeploymentStatus): boolean {
  const wanted = deployment.spec.replicas ?? 1;
  return (
    (status.updatedReplicas ?? 0) === wanted &&
    (status.replicas ?? 0) === wanted &&
    (status.availableReplicas ?? 0) === wanted &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  );
}

/**
 * Milliseconds until the rollout counts as stuck: 0 when it is, Infinity when there is no deadline or nothing to wait
 * for.
 */
export function progressDeadlineInMs(deployment: DeploymentObject, nowMs: number): number {
  const current = findCondition(deployment.status?.conditions, 'Progressing');
  if (!hasDeadline(deployment) || !current || current.reason === 'NewReplicaSetAvailable') {
    return Number.POSITIVE_INFINITY;
  }
  if (current.reason === 'ProgressDeadlineExceeded') return 0;
  const fromMs = Date.parse(current.lastUpdateTime ?? '');
  if (Number.isNaN(fromMs)) return Number.POSITIVE_INFINITY;
  return Math.max(0, fromMs + (deployment.spec.progressDeadlineSeconds ?? 600) * 1000 + 1 - nowMs);
}

/** Conditions after pausing or resuming; undefined when nothing is to be said. */
export function pauseCondition(deployment: DeploymentObject, nowMs: number): Condition | undefined {
  const current = findCondition(deployment.status?.conditions, 'Progressing');
  if (!hasDeadline(deployment) || current?.reason === 'ProgressDeadlineExceeded') return undefined;
  const said = current?.reason === 'DeploymentPaused';
  if (deployment.spec.paused && !said) {
    return condition(nowMs, ['Progressing', 'Unknown', 'DeploymentPaused', 'Deployment is paused']);
  }
  if (!deployment.spec.paused && said) {
    return condition(nowMs, ['Progressing', 'Unknown', 'DeploymentResumed', 'Deployment is resumed']);
  }
  return undefined;
}

/** A Progressing condition about a ReplicaSet that was found or made; undefined when there is no deadline. */
export function progressCondition(
  deployment: DeploymentObject,
  nowMs: number,
  [status, reason, message]: readonly [Condition['status'], string, string],
): Condition | undefined {
  return hasDeadline(deployment) ? condition(nowMs, ['Progressing', status, reason, message]) : undefined;
}

function hasDeadline(deployment: DeploymentObject): boolean {
  return (deployment.spec.progressDeadlineSeconds ?? NO_DEADLINE) !== NO_DEADLINE;
}

function hasProgressed(before: DeploymentStatus, now: DeploymentStatus): boolean {
  const old = (status: DeploymentStatus): number => (status.replicas ?? 0) - (status.updatedReplicas ?? 0);
  return (
    (now.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    old(now) < old(before) ||
    (now.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (now.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  );
}

function subject(deployment: DeploymentObject, newSet: ReplicaSetObject | undefined): string {
  return newSet ? `ReplicaSet "${newSet.metadata.name}"` : `Deployment "${deployment.metadata.name}"`;
}

/** The new ReplicaSet's trouble comes before that of old ones. */
function replicaFailure(
  newSet: ReplicaSetObject | undefined,
  oldSets: readonly ReplicaSetObject[],
): Condition | undefined {
  for (const set of newSet ? [newSet, ...oldSets] : oldSets) {
    const failure = findCondition(set.status?.conditions, 'ReplicaFailure');
    if (failure) return failure;
  }
  return undefined;
}

function condition(
  nowMs: number,
  [type, status, reason, message]: readonly [string, Condition['status'], string, string],
): Condition {
  const now = kubeTime(nowMs);
  return { type, status, lastUpdateTime: now, lastTransitionTime: now, reason, message };
}
