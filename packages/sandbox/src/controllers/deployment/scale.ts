import type { DeploymentObject, ReplicaSetObject } from '../objects.js';
import { isRollingUpdate, maxSurge } from './limits.js';
import { byAge, DESIRED_REPLICAS, MAX_REPLICAS } from './revision.js';
import { type ScaleStep, specReplicas, sumSpecReplicas } from './rollout.js';

/** Whether the Deployment's count changed since its ReplicaSets were last scaled. */
export function isScalingEvent(deployment: DeploymentObject, sets: readonly ReplicaSetObject[]): boolean {
  const wanted = deployment.spec.replicas ?? 1;
  return sets.some((set) => {
    const desired = set.metadata.annotations?.[DESIRED_REPLICAS];
    return specReplicas(set) > 0 && desired !== undefined && Number(desired) !== wanted;
  });
}

/**
 * New sizes after a change of the count, in or out of a rollout, without moving the rollout on: one active ReplicaSet
 * takes the whole count, several share the difference in proportion to their sizes.
 */
export function scaleSteps(
  deployment: DeploymentObject,
  newSet: ReplicaSetObject | undefined,
  oldSets: readonly ReplicaSetObject[],
): ScaleStep[] {
  const wanted = deployment.spec.replicas ?? 1;
  const all = newSet ? [...oldSets, newSet] : [...oldSets];
  const active = all.filter((set) => specReplicas(set) > 0);
  if (active.length <= 1) {
    const only = active[0] ?? newSet ?? [...oldSets].sort(byAge).at(-1);
    return only ? [{ set: only, replicas: wanted }] : [];
  }
  if (newSet && isSaturated(deployment, newSet)) {
    return active.filter((set) => set !== newSet).map((set) => ({ set, replicas: 0 }));
  }
  return isRollingUpdate(deployment) ? proportional(deployment, active) : [];
}

function isSaturated(deployment: DeploymentObject, set: ReplicaSetObject): boolean {
  const wanted = deployment.spec.replicas ?? 1;
  return (
    Number(set.metadata.annotations?.[DESIRED_REPLICAS]) === wanted &&
    specReplicas(set) === wanted &&
    (set.status?.availableReplicas ?? 0) === wanted
  );
}

function proportional(deployment: DeploymentObject, active: readonly ReplicaSetObject[]): ScaleStep[] {
  const wanted = deployment.spec.replicas ?? 1;
  const allowed = wanted > 0 ? wanted + maxSurge(deployment) : 0;
  const toAdd = allowed - sumSpecReplicas(active);
  // The largest goes first; among equals the newest grows first and the oldest shrinks first.
  const sorted = [...active].sort(
    (a, b) => specReplicas(b) - specReplicas(a) || (toAdd > 0 ? byAge(b, a) : byAge(a, b)),
  );
  let added = 0;
  const sizes = sorted.map((set) => {
    const share = toAdd === 0 ? 0 : shareOf(deployment, set, { toAdd, added });
    added += share;
    return specReplicas(set) + share;
  });
  return sorted.map((set, i) => {
    const leftover = i === 0 ? toAdd - added : 0;
    return { set, replicas: Math.max(0, (sizes[i] ?? 0) + leftover) };
  });
}

function shareOf(
  deployment: DeploymentObject,
  set: ReplicaSetObject,
  { toAdd, added }: { toAdd: number; added: number },
): number {
  if (toAdd === added) return 0;
  const fraction = fractionOf(deployment, set);
  return toAdd > 0 ? Math.min(fraction, toAdd - added) : Math.max(fraction, toAdd - added);
}

function fractionOf(deployment: DeploymentObject, set: ReplicaSetObject): number {
  const wanted = deployment.spec.replicas ?? 1;
  const size = specReplicas(set);
  if (wanted === 0) return -size;
  const before = Number(set.metadata.annotations?.[MAX_REPLICAS]) || (deployment.status?.replicas ?? 0);
  if (before === 0) return 0;
  return Math.round((size * (wanted + maxSurge(deployment))) / before) - size;
}
