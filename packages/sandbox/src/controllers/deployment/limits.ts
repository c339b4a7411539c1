import type { DeploymentObject } from '../objects.js';

/** Whether the Deployment replaces its pods step by step. */
export function isRollingUpdate(deployment: DeploymentObject): boolean {
  return (deployment.spec.strategy?.type ?? 'RollingUpdate') === 'RollingUpdate';
}

/** How many pods may exist above the wanted count during a rollout; percentages round up. */
export function maxSurge(deployment: DeploymentObject): number {
  return isRollingUpdate(deployment) ? fenceposts(deployment).surge : 0;
}

/** How many pods may be missing during a rollout; percentages round down. */
export function maxUnavailable(deployment: DeploymentObject): number {
  const replicas = deployment.spec.replicas ?? 1;
  if (!isRollingUpdate(deployment) || replicas === 0) return 0;
  return Math.min(fenceposts(deployment).unavailable, replicas);
}

function fenceposts({ spec }: DeploymentObject): { surge: number; unavailable: number } {
  const replicas = spec.replicas ?? 1;
  const rolling = spec.strategy?.rollingUpdate;
  const surge = scaled(rolling?.maxSurge ?? '25%', replicas, Math.ceil);
  const unavailable = scaled(rolling?.maxUnavailable ?? '25%', replicas, Math.floor);
  // Both may round to zero, and then nothing could ever move.
  return surge === 0 && unavailable === 0 ? { surge, unavailable: 1 } : { surge, unavailable };
}

function scaled(value: number | string, total: number, round: (x: number) => number): number {
  if (typeof value === 'number') return value;
  const percent = /^(\d+)%$/.exec(value)?.[1];
  return percent === undefined ? 0 : round((total * Number(percent)) / 100);
}
