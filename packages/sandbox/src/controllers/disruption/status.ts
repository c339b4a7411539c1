import { kubeTime } from '../../api/clock.js';
import type { PodObject } from '../objects.js';
import { isPodReady } from '../pod.js';
import type { BudgetCondition, BudgetObject, BudgetStatus } from './objects.js';

/** A pod whose eviction was granted so long ago (ms) is not going to go: it counts again. Upstream's. */
const DELETION_TIMEOUT_MS = 2 * 60_000;

/** How many pods there should be, and how many of them must be healthy. */
export interface Expectation {
  readonly expectedPods: number;
  readonly desiredHealthy: number;
}

/** Pods whose granted eviction is outstanding, those that were never deleted, and when to look again. */
export interface Disrupted {
  readonly pods: Readonly<Record<string, string>>;
  readonly notDeleted: readonly PodObject[];
  readonly dueMs: number | undefined;
}

/** Whether the budget's numbers follow from the scale of the pods' controllers instead of from a plain count. */
export function needsScale({ spec }: BudgetObject): boolean {
  return spec.maxUnavailable !== undefined || typeof spec.minAvailable === 'string';
}

/** What the budget asks for; `scale` is the sum over the controllers of its pods, read where `needsScale`. */
export function expectation({ spec }: BudgetObject, podCount: number, scale: number): Expectation {
  const { minAvailable, maxUnavailable } = spec;
  if (maxUnavailable !== undefined) {
    return { expectedPods: scale, desiredHealthy: Math.max(0, scale - scaled(maxUnavailable, scale)) };
  }
  if (typeof minAvailable === 'number') return { expectedPods: podCount, desiredHealthy: minAvailable };
  if (minAvailable === undefined) return { expectedPods: 0, desiredHealthy: 0 };
  return { expectedPods: scale, desiredHealthy: scaled(minAvailable, scale) };
}

/** Both bounds round up, also `maxUnavailable`, as documented upstream. */
function scaled(value: number | string, total: number): number {
  return typeof value === 'number' ? value : Math.ceil((Number.parseInt(value, 10) * total) / 100);
}

/** Goes through the granted evictions of a budget. */
export function disruptedPods(budget: BudgetObject, pods: readonly PodObject[], nowMs: number): Disrupted {
  const granted = budget.status?.disruptedPods ?? {};
  const left: Record<string, string> = {};
  const notDeleted: PodObject[] = [];
  let dueMs: number | undefined;
  for (const pod of pods) {
    const time = granted[pod.metadata.name];
    if (time === undefined || pod.metadata.deletionTimestamp) continue;
    const leftMs = Date.parse(time) + DELETION_TIMEOUT_MS - nowMs;
    if (leftMs <= 0) {
      notDeleted.push(pod);
    } else {
      left[pod.metadata.name] = time;
      dueMs = Math.min(dueMs ?? leftMs, leftMs);
    }
  }
  return { pods: left, notDeleted, dueMs };
}

/** Pods that are ready and neither go nor are about to. */
export function countHealthy(
  pods: readonly PodObject[],
  disrupted: Readonly<Record<string, string>>,
): number {
  return pods.filter(
    (pod) => !pod.metadata.deletionTimestamp && !(pod.metadata.name in disrupted) && isPodReady(pod),
  ).length;
}

/** What a budget's status follows from. */
export interface StatusInput extends Expectation {
  readonly currentHealthy: number;
  readonly disrupted: Readonly<Record<string, string>>;
  readonly nowMs: number;
}

/** The whole status; a budget without pods allows nothing, so that its first pods are safe. */
export function budgetStatus(budget: BudgetObject, input: StatusInput): BudgetStatus {
  const { expectedPods, desiredHealthy, currentHealthy, disrupted } = input;
  const allowed = expectedPods > 0 ? Math.max(0, currentHealthy - desiredHealthy) : 0;
  const { generation } = budget.metadata;
  return {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    ...(Object.keys(disrupted).length > 0 ? { disruptedPods: { ...disrupted } } : {}),
    disruptionsAllowed: allowed,
    currentHealthy,
    desiredHealthy,
    expectedPods,
    conditions: withAllowed(budget, input.nowMs, {
      status: allowed > 0 ? 'True' : 'False',
      reason: allowed > 0 ? 'SufficientPods' : 'InsufficientPods',
      message: '',
      observedGeneration: generation,
    }),
  };
}

/** The status of a budget that cannot be calculated: nothing may be evicted until it can. */
export function failedStatus(budget: BudgetObject, why: string, nowMs: number): BudgetStatus {
  const before = budget.status ?? { currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
  return {
    ...before,
    disruptionsAllowed: 0,
    conditions: withAllowed(budget, nowMs, {
      status: 'False',
      reason: 'SyncFailed',
      message: why,
      observedGeneration: budget.status?.observedGeneration,
    }),
  };
}

interface Verdict extends Pick<BudgetCondition, 'status' | 'reason' | 'message'> {
  readonly observedGeneration: number | undefined;
}

/** The conditions with the verdict on disruptions; its time is that of the last change of status. */
function withAllowed(budget: BudgetObject, nowMs: number, verdict: Verdict): BudgetCondition[] {
  const type = 'DisruptionAllowed';
  const conditions = budget.status?.conditions ?? [];
  const before = conditions.find((condition) => condition.type === type);
  const { observedGeneration, ...rest } = verdict;
  const next: BudgetCondition = {
    type,
    ...rest,
    ...(observedGeneration ? { observedGeneration } : {}),
    lastTransitionTime:
      before && before.status === verdict.status ? before.lastTransitionTime : kubeTime(nowMs),
  };
  return [...conditions.filter((condition) => condition.type !== type), next];
}
