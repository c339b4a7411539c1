import type { KindInfo } from '../../api/kinds.js';
import { equalJson } from '../../api/storage/json.js';
import type { ClusterApi, StoreEvent } from '../../api/store.js';
import type { LabelSelector } from '../../objects.js';
import {
  type Controller,
  type ControllerContext,
  createController,
  keyOf,
  splitKey,
  watchSelf,
} from '../controller.js';
import { recordEvent } from '../events.js';
import type { PodObject } from '../objects.js';
import { matchesSelector } from '../selector.js';
import type { BudgetObject, BudgetStatus } from './objects.js';
import { totalScale } from './scale.js';
import {
  budgetStatus,
  countHealthy,
  disruptedPods,
  expectation,
  failedStatus,
  needsScale,
} from './status.js';

const BUDGETS = 'poddisruptionbudgets';
const COMPONENT = 'controllermanager';

/** Keeps the status of each PodDisruptionBudget: how many of its pods may be evicted now. */
export function createDisruptionController(
  context: ControllerContext,
  kinds: readonly KindInfo[],
): Controller {
  const { api, clock } = context;
  const say = recordEvent.bind(undefined, context, COMPONENT);

  function reconcile(key: string): number | undefined {
    const { namespace, name } = splitKey(key);
    const budget = api.get(BUDGETS, namespace, name) as BudgetObject | undefined;
    if (!budget) return undefined;
    const pods = podsOf(api, budget);
    if (pods.length === 0) {
      say({ about: budget, type: 'Normal', reason: 'NoPods', message: 'No matching pods found' });
    }
    const nowMs = clock.now();
    const disrupted = disruptedPods(budget, pods, nowMs);
    try {
      const expected = expectation(budget, pods.length, needsScale(budget) ? scaleOf(budget, pods) : 0);
      const currentHealthy = countHealthy(pods, disrupted.pods);
      write(
        api,
        budget,
        budgetStatus(budget, { ...expected, currentHealthy, disrupted: disrupted.pods, nowMs }),
      );
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const message = `Failed to calculate the number of expected pods: ${why}`;
      say({ about: budget, type: 'Warning', reason: 'CalculateExpectedPodCountFailed', message });
      write(api, budget, failedStatus(budget, why, nowMs));
    }
    for (const pod of disrupted.notDeleted) {
      const message = `Pod was expected by PDB ${namespace ?? ''}/${name} to be deleted but it wasn't`;
      say({ about: pod, type: 'Warning', reason: 'NotDeleted', message });
    }
    return disrupted.dueMs;
  }

  function scaleOf(budget: BudgetObject, pods: readonly PodObject[]): number {
    const { scale, unmanaged } = totalScale({ api, kinds }, pods);
    if (unmanaged.length > 0) {
      const message =
        `Pods selected by this PodDisruptionBudget (selector: ${selectorText(budget.spec.selector)}) were found ` +
        'to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in ' +
        'undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an ' +
        'integer value.';
      say({ about: budget, type: 'Warning', reason: 'UnmanagedPods', message });
    }
    return scale;
  }

  return createController({
    ...context,
    name: 'disruption',
    watches: [
      watchSelf(BUDGETS),
      { resource: 'pods', keys: (event) => budgetsOfPod(api, event) },
      ...kinds
        .filter(({ subresources }) => subresources.includes('scale'))
        .map(({ resource }) => ({ resource, keys: (event: StoreEvent) => budgetsOfScaled(api, event) })),
    ],
    reconcile,
  });
}

function podsOf(api: ClusterApi, { metadata, spec }: BudgetObject): PodObject[] {
  const pods = api.list('pods', metadata.namespace) as readonly PodObject[];
  return pods.filter((pod) => matchesSelector(spec.selector, pod.metadata.labels));
}

function write(api: ClusterApi, budget: BudgetObject, status: BudgetStatus): void {
  if (equalJson(status, budget.status)) return;
  // A grant of the API server in between must not be lost: a conflict brings the budget back into the queue.
  api.update(BUDGETS, { ...budget, status }, { subresource: 'status' });
}

function budgetsIn(api: ClusterApi, namespace: string | undefined): readonly BudgetObject[] {
  return api.list(BUDGETS, namespace) as readonly BudgetObject[];
}

/** The budgets that select the pod, or did. */
function budgetsOfPod(api: ClusterApi, { object, old }: StoreEvent): string[] {
  return budgetsIn(api, object.metadata.namespace)
    .filter(({ spec }) =>
      [object, old].some((form) => form && matchesSelector(spec.selector, form.metadata.labels)),
    )
    .map(keyOf);
}

/** A change of scale changes what a share of it is: whose pods it has only the pods say. */
function budgetsOfScaled(api: ClusterApi, { object, old }: StoreEvent): string[] {
  const replicas = [object, old].map((form) => (form?.spec as { replicas?: number } | undefined)?.replicas);
  if (old && replicas[0] === replicas[1]) return [];
  return budgetsIn(api, object.metadata.namespace).filter(needsScale).map(keyOf);
}

/** A label selector as Go prints it, in which upstream's event has it. */
function selectorText(selector: LabelSelector | undefined): string {
  if (!selector) return 'nil';
  const labels = Object.entries(selector.matchLabels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const pairs = labels.map(([key, value]) => `${key}: ${value},`).join('');
  const terms = (selector.matchExpressions ?? []).map(
    ({ key, operator, values = [] }) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(' ')}],},`,
  );
  return (
    `&LabelSelector{MatchLabels:map[string]string{${pairs}},` +
    `MatchExpressions:[]LabelSelectorRequirement{${terms.join('')}},}`
  );
}
