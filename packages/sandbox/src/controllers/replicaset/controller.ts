import type { ClusterApi } from '../../api/store.js';
import { claimObjects } from '../claim.js';
import {
  type Controller,
  type ControllerContext,
  createController,
  splitKey,
  watchSelf,
} from '../controller.js';
import { recordEvent } from '../events.js';
import type { PodObject, ReplicaSetObject } from '../objects.js';
import { ownersOf } from '../owned.js';
import { isControlledBy } from '../owner.js';
import { isPodActive, isPodTerminal, nextAvailableInMs } from '../pod.js';
import { writeStatus } from '../write-status.js';
import { manageReplicas } from './replicas.js';
import { replicaSetStatus } from './status.js';

const OWNER = { resource: 'replicasets', kind: 'ReplicaSet' };

/** Keeps as many pods of each ReplicaSet as its spec asks for. */
export function createReplicaSetController(context: ControllerContext): Controller {
  const { api, clock } = context;
  const say = recordEvent.bind(undefined, context, 'replicaset-controller');

  function reconcile(key: string): number | undefined {
    const { namespace, name } = splitKey(key);
    const set = api.get('replicasets', namespace, name) as ReplicaSetObject | undefined;
    if (!set) return undefined;
    const nowMs = clock.now();
    const found = claimPods(api, set);
    const result = set.metadata.deletionTimestamp
      ? { changed: false }
      : manageReplicas({ api, say, nowMs }, set, found);
    const pods = result.changed ? claimPods(api, set) : found;
    const terminating = countTerminating(api, set);
    const status = replicaSetStatus({ set, pods, terminating, failure: result.failure, nowMs });
    writeStatus(api, OWNER.resource, set, status);
    if (result.error) throw result.error;
    return result.unfinished ? 0 : nextAvailableInMs(pods, set.spec.minReadySeconds ?? 0, nowMs);
  }

  return createController({
    ...context,
    name: 'replicaset',
    watches: [watchSelf('replicasets'), { resource: 'pods', keys: (event) => ownersOf(api, OWNER, event) }],
    reconcile,
  });
}

function claimPods(api: ClusterApi, set: ReplicaSetObject): PodObject[] {
  const pods = api.list('pods', set.metadata.namespace) as readonly PodObject[];
  return claimObjects(
    { api, owner: set, selector: set.spec.selector, resource: 'pods' },
    pods.filter(isPodActive),
  );
}

function countTerminating(api: ClusterApi, set: ReplicaSetObject): number {
  const pods = api.list('pods', set.metadata.namespace) as readonly PodObject[];
  return pods.filter(
    (pod) => pod.metadata.deletionTimestamp !== undefined && !isPodTerminal(pod) && isControlledBy(pod, set),
  ).length;
}
