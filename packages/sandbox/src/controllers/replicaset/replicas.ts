import { copyJson } from '../../api/storage/json.js';
import type { ClusterApi } from '../../api/store.js';
import type { KubeObject } from '../../objects.js';
import { isNamespaceTerminating } from '../controller.js';
import type { EventRecorder } from '../events.js';
import type { PodObject, ReplicaSetObject } from '../objects.js';
import { controllerOf, controllerRef } from '../owner.js';
import { isPodActive } from '../pod.js';
import { podsToDelete } from './deletion-order.js';
import type { ReplicaFailure } from './status.js';

/** At most so many pods are made or removed per pass, as upstream. */
const BURST_REPLICAS = 500;

/** What making and removing pods needs. */
interface ReplicaWork {
  readonly api: ClusterApi;
  readonly say: EventRecorder;
  readonly nowMs: number;
}

/** What one pass did. `unfinished`: the count is not reached yet. */
interface ReplicaResult {
  readonly changed: boolean;
  readonly failure?: ReplicaFailure;
  readonly error?: unknown;
  readonly unfinished?: boolean;
}

/** Makes or removes pods until there are as many as the spec asks for. */
export function manageReplicas(
  work: ReplicaWork,
  set: ReplicaSetObject,
  pods: readonly PodObject[],
): ReplicaResult {
  const wanted = set.spec.replicas ?? 1;
  if (pods.length === wanted) return { changed: false };
  const missing = wanted - pods.length;
  const count = Math.min(Math.abs(missing), BURST_REPLICAS);
  const result = missing > 0 ? createPods(work, set, count) : deletePods(work, { set, pods, count });
  return { ...result, unfinished: count < Math.abs(missing) };
}

/** Batches of 1, 2, 4, …: a template that is refused costs one request, not hundreds. */
function createPods(work: ReplicaWork, set: ReplicaSetObject, count: number): ReplicaResult {
  let made = 0;
  let batch = 1;
  for (let left = count; left > 0; batch *= 2) {
    const size = Math.min(batch, left);
    let failed: { error: unknown } | undefined;
    for (let i = 0; i < size; i++) {
      try {
        const pod = work.api.create('pods', podOf(set));
        made++;
        const message = `Created pod: ${pod.metadata.name}`;
        work.say({ about: set, type: 'Normal', reason: 'SuccessfulCreate', message });
      } catch (error) {
        failed = { error };
      }
    }
    if (failed) return createFailure(work, set, { error: failed.error, made });
    left -= size;
  }
  return { changed: made > 0 };
}

function createFailure(
  work: ReplicaWork,
  set: ReplicaSetObject,
  { error, made }: { error: unknown; made: number },
): ReplicaResult {
  if (isNamespaceTerminating(error)) return { changed: made > 0 };
  const text = error instanceof Error ? error.message : String(error);
  const message = `Error creating: ${text}`;
  work.say({ about: set, type: 'Warning', reason: 'FailedCreate', message });
  return { changed: made > 0, error, failure: { reason: 'FailedCreate', message: text } };
}

function podOf(set: ReplicaSetObject): KubeObject {
  const { metadata, spec } = copyJson(set.spec.template);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: '',
      generateName: `${set.metadata.name}-`,
      namespace: set.metadata.namespace,
      labels: metadata?.labels ?? {},
      annotations: metadata?.annotations,
      finalizers: metadata?.finalizers,
      ownerReferences: [controllerRef(set)],
    },
    spec,
  };
}

function deletePods(
  work: ReplicaWork,
  { set, pods, count }: { set: ReplicaSetObject; pods: readonly PodObject[]; count: number },
): ReplicaResult {
  const { api, say, nowMs } = work;
  let failure: { error: unknown; text: string } | undefined;
  for (const pod of podsToDelete({ pods, related: relatedPods(api, set), count, nowMs })) {
    const { namespace, name, uid } = pod.metadata;
    try {
      api.delete('pods', namespace, name, { uid });
      say({ about: set, type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted pod: ${name}` });
    } catch (error) {
      failure = { error, text: error instanceof Error ? error.message : String(error) };
      const message = `Error deleting: ${failure.text}`;
      say({ about: set, type: 'Warning', reason: 'FailedDelete', message });
    }
  }
  if (!failure) return { changed: true };
  return { changed: true, error: failure.error, failure: { reason: 'FailedDelete', message: failure.text } };
}

/** Active pods of all ReplicaSets of the same owner (the old and new ones of a Deployment). */
function relatedPods(api: ClusterApi, set: ReplicaSetObject): PodObject[] {
  const owner = controllerOf(set)?.uid;
  const siblings = new Set(
    api
      .list('replicasets', set.metadata.namespace)
      .filter(
        (other) => other.metadata.uid === set.metadata.uid || (owner && controllerOf(other)?.uid === owner),
      )
      .map((other) => other.metadata.uid),
  );
  const pods = api.list('pods', set.metadata.namespace) as readonly PodObject[];
  return pods.filter((pod) => isPodActive(pod) && siblings.has(controllerOf(pod)?.uid));
}
