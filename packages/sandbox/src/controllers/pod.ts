import type { Condition, PodObject } from './objects.js';

/** A pod's condition by type. */
export function podCondition(pod: PodObject, type: string): Condition | undefined {
  return pod.status?.conditions?.find((condition) => condition.type === type);
}

/** Whether the pod's Ready condition is True. */
export function isPodReady(pod: PodObject): boolean {
  return podCondition(pod, 'Ready')?.status === 'True';
}

/** Whether the pod has ended for good. */
export function isPodTerminal(pod: PodObject): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** Whether the pod counts as a replica: it has not ended and nobody deletes it. */
export function isPodActive(pod: PodObject): boolean {
  return !isPodTerminal(pod) && !pod.metadata.deletionTimestamp;
}

/** When the pod became ready; undefined while it is not, or without a time. */
export function readySinceMs(pod: PodObject): number | undefined {
  const condition = podCondition(pod, 'Ready');
  if (condition?.status !== 'True' || !condition.lastTransitionTime) return undefined;
  const ms = Date.parse(condition.lastTransitionTime);
  return Number.isNaN(ms) ? undefined : ms;
}

/** Milliseconds until the pod is available: ready for `minReadySeconds` without a break. Infinity while not ready. */
export function availableInMs(pod: PodObject, minReadySeconds: number, nowMs: number): number {
  if (!isPodReady(pod)) return Number.POSITIVE_INFINITY;
  if (minReadySeconds === 0) return 0;
  const sinceMs = readySinceMs(pod);
  if (sinceMs === undefined) return Number.POSITIVE_INFINITY;
  return Math.max(0, sinceMs + minReadySeconds * 1000 - nowMs);
}

/** Milliseconds until the next ready pod has been ready for `minReadySeconds`; undefined when none waits. */
export function nextAvailableInMs(
  pods: readonly PodObject[],
  minReadySeconds: number,
  nowMs: number,
): number | undefined {
  const waits = pods
    .map((pod) => availableInMs(pod, minReadySeconds, nowMs))
    .filter((ms) => ms > 0 && Number.isFinite(ms));
  return waits.length > 0 ? Math.min(...waits) : undefined;
}
