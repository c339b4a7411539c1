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
import {
  ensureRevision,
  type History,
  listRevisions,
  type RevisionObject,
  templateOf,
  truncateHistory,
} from '../history/revisions.js';
import type { PodObject } from '../objects.js';
import { ownersOf } from '../owned.js';
import { nextAvailableInMs } from '../pod.js';
import { writeStatus } from '../write-status.js';
import type { Rollout } from './replicas.js';
import { advance } from './rollout.js';
import { ordinalOf, revisionOf, type StatefulSetObject, type Version } from './stateful-set.js';
import { statefulSetStatus } from './status.js';

const OWNER = { resource: 'statefulsets', kind: 'StatefulSet' };

/** Keeps the pods of each StatefulSet: numbered, one after the other, and each under its name for good. */
export function createStatefulSetController(context: ControllerContext): Controller {
  const { api } = context;
  return createController({
    ...context,
    name: 'statefulset',
    watches: [watchSelf('statefulsets'), { resource: 'pods', keys: (event) => ownersOf(api, OWNER, event) }],
    reconcile(key) {
      const { namespace, name } = splitKey(key);
      const set = api.get('statefulsets', namespace, name) as StatefulSetObject | undefined;
      return set && reconcile(context, set);
    },
  });
}

/** One pass; answers in how many milliseconds the next pod counts as available. */
function reconcile(context: ControllerContext, set: StatefulSetObject): number | undefined {
  const { api } = context;
  const nowMs = context.clock.now();
  const history: History = { api, owner: set, hashLabel: 'controller.kubernetes.io/hash' };
  const before = listRevisions(history);
  const { revision: update, collisionCount } = ensureRevision(history, before);
  const revisions = listRevisions(history);
  const current = before.find(({ metadata }) => metadata.name === set.status?.currentRevision) ?? update;
  const rollout: Rollout = {
    api,
    say: recordEvent.bind(undefined, context, 'statefulset-controller'),
    nowMs,
    set,
    current: versionOf(current),
    update: versionOf(update),
    ordered: set.spec.podManagementPolicy !== 'Parallel',
  };
  let failed: { error: unknown } | undefined;
  try {
    if (!set.metadata.deletionTimestamp) advance(rollout, claimPods(api, set));
  } catch (error) {
    failed = { error };
  }
  const pods = claimPods(api, set);
  writeStatus(
    api,
    OWNER.resource,
    set,
    statefulSetStatus({ set, pods, current, update, collisionCount, nowMs }),
  );
  const live = new Set([current.metadata.name, update.metadata.name, ...pods.map(revisionOf)]);
  truncateHistory(history, revisions, live);
  if (failed) throw failed.error;
  return nextAvailableInMs(pods, set.spec.minReadySeconds ?? 0, nowMs);
}

function versionOf(revision: RevisionObject): Version {
  return { revision: revision.metadata.name, template: templateOf(revision) };
}

/** Pods that carry one of the set's names and fit its selector. */
function claimPods(api: ClusterApi, set: StatefulSetObject): PodObject[] {
  const pods = api.list('pods', set.metadata.namespace) as readonly PodObject[];
  const members = pods.filter(({ metadata }) => ordinalOf(set, metadata.name) !== undefined);
  return claimObjects({ api, owner: set, selector: set.spec.selector, resource: 'pods' }, members);
}
