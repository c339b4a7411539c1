import type { PodObject } from '../objects.js';
import { isPodReady, readySinceMs } from '../pod.js';

/** What the order of deletion is decided on. */
interface DeletionChoice {
  /** The active pods of the ReplicaSet. */
  readonly pods: readonly PodObject[];
  /** Active pods of all ReplicaSets of the same owner: a node that holds many of them loses one first. */
  readonly related: readonly PodObject[];
  readonly count: number;
  readonly nowMs: number;
}

const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';
const PHASE_RANK: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

/** The pods that a ReplicaSet gives up first, in upstream's order (ActivePodsWithRanks). */
export function podsToDelete({ pods, related, count, nowMs }: DeletionChoice): PodObject[] {
  if (count >= pods.length) return [...pods];
  const perNode = new Map<string, number>();
  for (const pod of related) {
    const node = pod.spec.nodeName;
    if (node) perNode.set(node, (perNode.get(node) ?? 0) + 1);
  }
  const order = (a: PodObject, b: PodObject): number => compare(a, b, { perNode, nowMs });
  return [...pods].sort(order).slice(0, count);
}

interface Ranking {
  readonly perNode: ReadonlyMap<string, number>;
  readonly nowMs: number;
}

/** Negative: `a` goes first. */
function compare(a: PodObject, b: PodObject, { perNode, nowMs }: Ranking): number {
  const crowd = (pod: PodObject): number => perNode.get(pod.spec.nodeName ?? '') ?? 0;
  return (
    // Unassigned before assigned.
    Number(Boolean(a.spec.nodeName)) - Number(Boolean(b.spec.nodeName)) ||
    // Pending before Unknown before Running.
    phaseRank(a) - phaseRank(b) ||
    // Not ready before ready.
    Number(isPodReady(a)) - Number(isPodReady(b)) ||
    // Low deletion cost before high.
    deletionCost(a) - deletionCost(b) ||
    // Doubled up on a node before alone.
    crowd(b) - crowd(a) ||
    // Ready for a short time before ready for long, then young before old: in powers of two.
    logarithmicOrder(readySinceMs(a), readySinceMs(b), nowMs) ||
    // Restarted often before restarted rarely.
    restarts(b) - restarts(a) ||
    logarithmicOrder(createdMs(a), createdMs(b), nowMs) ||
    compareText(a.metadata.uid ?? '', b.metadata.uid ?? '')
  );
}

function phaseRank(pod: PodObject): number {
  return PHASE_RANK[pod.status?.phase ?? 'Pending'] ?? 0;
}

function deletionCost(pod: PodObject): number {
  const text = pod.metadata.annotations?.[DELETION_COST] ?? '0';
  return /^-?(0|[1-9]\d*)$/.test(text) ? Number(text) : 0;
}

function restarts(pod: PodObject): number {
  return Math.max(0, ...(pod.status?.containerStatuses ?? []).map((status) => status.restartCount ?? 0));
}

function createdMs(pod: PodObject): number | undefined {
  const ms = Date.parse(pod.metadata.creationTimestamp ?? '');
  return Number.isNaN(ms) ? undefined : ms;
}

/** Ages compare by the power of two of their length, so that the victim is not always the newest. */
function logarithmicOrder(a: number | undefined, b: number | undefined, nowMs: number): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  return ageRank(nowMs - a) - ageRank(nowMs - b);
}

function ageRank(ageMs: number): number {
  return ageMs > 0 ? Math.floor(Math.log2(ageMs * 1e6)) : -1;
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
