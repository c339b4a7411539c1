import type { DeploymentObject, ReplicaSetObject } from '../objects.js';
import { maxSurge, maxUnavailable } from './limits.js';
import { byAge } from './revision.js';

/** A new size for one ReplicaSet. */
export interface ScaleStep {
  readonly set: ReplicaSetObject;
  readonly replicas: number;
}

/** Replicas that a ReplicaSet asks for. */
export function specReplicas(set: ReplicaSetObject): number {
  return set.spec.replicas ?? 1;
}

/** Sum of the replicas that ReplicaSets ask for. */
export function sumSpecReplicas(sets: readonly ReplicaSetObject[]): number {
  return sets.reduce((sum, set) => sum + specReplicas(set), 0);
}

/**
 * Available pods that will still be there: a status from before a scale-down counts pods that are about to go, and
 * trusting it would take the Deployment below its minimum.
 */
function availableToStay(set: ReplicaSetObject): number {
  return Math.min(set.status?.availableReplicas ?? 0, specReplicas(set));
}

/** How large a new ReplicaSet may be now (NewRSNewReplicas). */
export function newSetReplicas(
  deployment: DeploymentObject,
  newSet: ReplicaSetObject,
  oldSets: readonly ReplicaSetObject[],
): number {
  const wanted = deployment.spec.replicas ?? 1;
  const current = specReplicas(newSet);
  if (deployment.spec.strategy?.type === 'Recreate' || current >= wanted) return wanted;
  const room = wanted + maxSurge(deployment) - sumSpecReplicas(oldSets) - current;
  return room <= 0 ? current : current + Math.min(room, wanted - current);
}

/** How the old ReplicaSets shrink now: unhealthy replicas first, then as many as the minimum allows. */
export function shrinkOldSets(
  deployment: DeploymentObject,
  newSet: ReplicaSetObject,
  oldSets: readonly ReplicaSetObject[],
): ScaleStep[] {
  const minimum = (deployment.spec.replicas ?? 1) - maxUnavailable(deployment);
  const newUnavailable = specReplicas(newSet) - availableToStay(newSet);
  const mayGo = sumSpecReplicas(oldSets) + specReplicas(newSet) - minimum - newUnavailable;
  if (mayGo <= 0) return [];

  const sorted = [...oldSets].sort(byAge);
  const sizes = new Map(sorted.map((set) => [set, specReplicas(set)]));
  let unhealthyLeft = mayGo;
  for (const set of sorted) {
    const unhealthy = Math.min(unhealthyLeft, specReplicas(set) - availableToStay(set));
    sizes.set(set, specReplicas(set) - unhealthy);
    unhealthyLeft -= unhealthy;
  }
  let healthyLeft = [...oldSets, newSet].reduce((sum, set) => sum + availableToStay(set), 0) - minimum;
  for (const set of sorted) {
    const size = sizes.get(set) ?? 0;
    const gone = Math.max(0, Math.min(size, healthyLeft));
    sizes.set(set, size - gone);
    healthyLeft -= gone;
  }
  return sorted
    .map((set) => ({ set, replicas: sizes.get(set) ?? 0 }))
    .filter(({ set, replicas }) => replicas !== specReplicas(set));
}
