import type { KubeObject } from '../../objects.js';
import { kubeTime } from '../clock.js';
import type { Answer } from '../http/answer.js';
import type { ResourceContext } from '../http/context.js';
import type { DisruptionBudget, DisruptionBudgetStatus } from '../kinds/disruption-budget-types.js';
import { selects } from '../kinds/template-validation.js';
import type { KindInfo } from '../kinds.js';
import { badRequest, disruptionRefused, forbidden } from '../refusals.js';
import { ApiStatus } from '../status.js';
import { at } from '../storage/json.js';
import type { DeleteOptions } from '../store.js';
import { existing } from './read.js';
import { DONE, sentFor } from './subresources.js';
import { deleteOptionsOf, parseWriteOptions } from './write-options.js';

const EVICTION = { group: 'policy', version: 'v1', kind: 'Eviction' };
const BUDGETS = 'poddisruptionbudgets';
const BUDGET = { kind: 'PodDisruptionBudget', resource: 'poddisruptionbudget', group: 'policy' };
/** Granted evictions that the controller has not confirmed; more than this mean that it does not run. Upstream's. */
const MAX_DISRUPTED_PODS = 2000;
/** When a client shall ask again whose budget has not been looked at yet. Upstream's. */
const UNOBSERVED_RETRY_SECONDS = 10;

/** POST of `pods/…/eviction`: deletes the pod unless its PodDisruptionBudget forbids it (429). */
export async function evict(context: ResourceContext, kind: KindInfo): Promise<Answer> {
  const { cluster } = context.services;
  const { dryRun } = parseWriteOptions(context, 'CreateOptions');
  const sent = await sentFor(context, EVICTION);
  const pod = existing(context, kind);
  if (sent.metadata.name !== pod.metadata.name) {
    throw badRequest('name in URL does not match name in Eviction object');
  }
  const asked = deleteOptionsOf(at(sent, 'deleteOptions'), new URLSearchParams());
  const options = { ...asked, dryRun: dryRun || asked.dryRun === true };
  const budget = needsNoBudget(pod) ? undefined : budgetOf(context, pod);
  if (budget && !mayGoUnhealthy(pod, budget)) decrement(context, { pod, budget, dryRun: options.dryRun });
  const { namespace, name } = pod.metadata;
  cluster.delete(kind.resource, namespace, name, options.dryRun ? options : marked(context, pod, options));
  return { code: 201, body: DONE };
}

/** A pod that does not run yet, has ended or is going already is no loss. */
function needsNoBudget(pod: KubeObject): boolean {
  const phase = at(pod, 'status', 'phase');
  return phase !== 'Running' || pod.metadata.deletionTimestamp !== undefined;
}

function budgetOf({ services }: ResourceContext, pod: KubeObject): DisruptionBudget | undefined {
  const all: readonly DisruptionBudget[] = services.cluster.list(BUDGETS, pod.metadata.namespace);
  const found = all.filter(({ spec }) => spec?.selector && selects(spec.selector, pod.metadata.labels ?? {}));
  if (found.length > 1) {
    const why =
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';
    throw new ApiStatus(500, '', why);
  }
  return found[0];
}

/** An unready pod counts for nothing: KEP-3017 says when it may go although the budget has nothing to give. */
function mayGoUnhealthy(pod: KubeObject, { spec, status = {} }: DisruptionBudget): boolean {
  const conditions = at(pod, 'status', 'conditions');
  const ready =
    Array.isArray(conditions) &&
    conditions.some((condition) => at(condition, 'type') === 'Ready' && at(condition, 'status') === 'True');
  if (ready) return false;
  if (spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  const { currentHealthy = 0, desiredHealthy = 0 } = status;
  return desiredHealthy > 0 && currentHealthy >= desiredHealthy;
}

interface Decrement {
  readonly pod: KubeObject;
  readonly budget: DisruptionBudget;
  readonly dryRun: boolean;
}

/** Takes one disruption from the budget, or refuses. The controller counts anew once it sees the pod go. */
function decrement({ services }: ResourceContext, { pod, budget, dryRun }: Decrement): void {
  const { name, namespace, generation = 0 } = budget.metadata;
  const { status = {} } = budget;
  if ((status.observedGeneration ?? 0) < generation) {
    const why = `The disruption budget ${name} is still being processed by the server.`;
    throw disruptionRefused(why, UNOBSERVED_RETRY_SECONDS);
  }
  if (Object.keys(status.disruptedPods ?? {}).length > MAX_DISRUPTED_PODS) {
    const why = 'DisruptedPods map too big - too many evictions not confirmed by PDB controller';
    throw forbidden(BUDGET, name, why);
  }
  const left = (status.disruptionsAllowed ?? 0) - 1;
  if (left < 0) throw disruptionRefused(whyNone(name, status), 0);
  if (dryRun) return;
  const granted = { ...status.disruptedPods, [pod.metadata.name]: kubeTime(services.clock.now()) };
  services.cluster.modify(
    BUDGETS,
    namespace,
    name,
    (copy) => {
      copy.status = { ...status, disruptionsAllowed: left, disruptedPods: granted };
    },
    { subresource: 'status' },
  );
}

function whyNone(name: string, status: DisruptionBudgetStatus): string {
  const { currentHealthy = 0, desiredHealthy = 0 } = status;
  const condition = status.conditions?.find(({ type }) => type === 'DisruptionAllowed');
  const said = condition?.status === 'False' && condition.message !== '' ? condition : undefined;
  if (said?.reason === 'SyncFailed') {
    return `The disruption budget ${name} does not allow evicting pods currently because it failed sync: ${said.message}`;
  }
  if (currentHealthy <= desiredHealthy) {
    return `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
  }
  const why = said ? ` (${said.reason}): ${said.message}` : '';
  return `The disruption budget ${name} does not allow evicting pods currently${why}`;
}

/** Says in the pod's status why it goes; a version that the caller insists on is then the one after that. */
function marked(context: ResourceContext, pod: KubeObject, options: DeleteOptions): DeleteOptions {
  const { services } = context;
  const { namespace, name, resourceVersion } = pod.metadata;
  if (options.resourceVersion && options.resourceVersion !== resourceVersion) return options;
  if (options.uid && options.uid !== pod.metadata.uid) return options;
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
    lastProbeTime: null,
    lastTransitionTime: kubeTime(services.clock.now()),
  };
  const written = services.cluster.modify(
    'pods',
    namespace,
    name,
    (copy) => {
      const before = at(copy, 'status', 'conditions');
      const conditions = Array.isArray(before) ? before : [];
      if (conditions.some((each) => at(each, 'type') === condition.type && at(each, 'status') === 'True')) {
        return false;
      }
      const others = conditions.filter((each) => at(each, 'type') !== condition.type);
      copy.status = { ...(copy.status as object | undefined), conditions: [...others, condition] };
      return true;
    },
    { subresource: 'status' },
  );
  const version = written?.metadata.resourceVersion;
  return options.resourceVersion && version ? { ...options, resourceVersion: version } : options;
}
