import type { NodeObject, PodObject, Toleration } from '../objects.js';
import { matchesNodeAffinity } from './node-affinity.js';

/** What keeps pods off a node. */
export type Taint = NonNullable<NonNullable<NodeObject['spec']>['taints']>[number];

/** The taint of a cordoned node. */
export const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable';

/** Why a pod cannot run on a node, in the scheduler's words; undefined when it can. */
export function whyNot(pod: PodObject, node: NodeObject): string | undefined {
  const tolerations = pod.spec.tolerations ?? [];
  // Upstream sees a cordoned node as one with this taint, so that daemons may tolerate it.
  const cordon: Taint = { key: UNSCHEDULABLE, effect: 'NoSchedule' };
  if (node.spec?.unschedulable && !isTolerated(cordon, tolerations)) return 'node(s) were unschedulable';
  // That taint itself may come and go a little later than the cordon.
  const taint = (node.spec?.taints ?? []).find(
    (candidate) =>
      candidate.key !== UNSCHEDULABLE &&
      candidate.effect !== 'PreferNoSchedule' &&
      !isTolerated(candidate, tolerations),
  );
  if (taint) return `node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`;
  if (!matchesNodeAffinity(pod, node)) {
    return "node(s) didn't match Pod's node affinity/selector";
  }
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready')?.status;
  return ready === 'True' ? undefined : 'node(s) were not ready';
}

/** `0/2 nodes are available: 1 node(s) were not ready, 1 node(s) were unschedulable.` */
export function noFitMessage(pod: PodObject, nodes: readonly NodeObject[]): string {
  if (nodes.length === 0) return 'no nodes available to schedule pods';
  const counts = new Map<string, number>();
  for (const node of nodes) {
    const why = whyNot(pod, node);
    if (why) counts.set(why, (counts.get(why) ?? 0) + 1);
  }
  const reasons = [...counts].map(([why, count]) => `${count} ${why}`).sort();
  return `0/${nodes.length} nodes are available: ${reasons.join(', ')}.`;
}

/** Whether one of the tolerations covers a taint. */
export function isTolerated(taint: Taint, tolerations: readonly Toleration[]): boolean {
  return tolerations.some(({ key, operator = 'Equal', value = '', effect }) => {
    if (effect && effect !== taint.effect) return false;
    if (!key) return operator === 'Exists';
    return key === taint.key && (operator === 'Exists' || value === (taint.value ?? ''));
  });
}
