import type { ClusterApi, StoreEvent } from '../../api/store.js';
import { claimObjects } from '../claim.js';
import {
  type Controller,
  type ControllerContext,
  createController,
  isNamespaceTerminating,
  keyOf,
  splitKey,
  watchSelf,
} from '../controller.js';
import { type EventRecorder, recordEvent } from '../events.js';
import {
  ensureRevision,
  type History,
  listRevisions,
  REVISION_HASH,
  truncateHistory,
} from '../history/revisions.js';
import type { PodObject } from '../objects.js';
import { ownersOf } from '../owned.js';
import { nextAvailableInMs } from '../pod.js';
import { writeStatus } from '../write-status.js';
import { type DaemonSetObject, newDaemonPod } from './daemon-set.js';
import { FailureBackoff } from './failure-backoff.js';
import { type Plan, planNodes, planRollout, type Scene, sceneOf } from './plan.js';
import { daemonSetStatus } from './status.js';

const COMPONENT = 'daemonset-controller';

const OWNER = { resource: 'daemonsets', kind: 'DaemonSet' };

/** Keeps a pod of each DaemonSet on every node that it fits. */
export function createDaemonSetController(context: ControllerContext): Controller {
  const { api } = context;
  const say = recordEvent.bind(undefined, context, COMPONENT);
  const backoff = new FailureBackoff();
  return createController({
    ...context,
    name: 'daemonset',
    watches: [
      watchSelf('daemonsets'),
      { resource: 'pods', keys: (event) => ownersOf(api, OWNER, event) },
      { resource: 'nodes', keys: (event) => (changesFit(event) ? api.list('daemonsets').map(keyOf) : []) },
    ],
    reconcile(key) {
      const { namespace, name } = splitKey(key);
      const set = api.get('daemonsets', namespace, name) as DaemonSetObject | undefined;
      // Its revisions may be gone before its pods: then nothing can be said of them.
      if (!set || set.metadata.deletionTimestamp) return undefined;
      return reconcile({ context, say, backoff }, set);
    },
  });
}

interface Work {
  readonly context: ControllerContext;
  readonly say: EventRecorder;
  readonly backoff: FailureBackoff;
}

/** One pass; answers in how many milliseconds something is due without an event. */
function reconcile(work: Work, set: DaemonSetObject): number | undefined {
  const { api, clock } = work.context;
  const history: History = { api, owner: set, hashLabel: REVISION_HASH };
  const before = listRevisions(history);
  const { revision, collisionCount } = ensureRevision(history, before);
  const hash = revision.metadata.labels?.[REVISION_HASH] ?? '';
  const nowMs = clock.now();
  const look = (): Scene => sceneOf({ set, hash, nowMs }, api.list('nodes'), claimPods(api, set));
  let dueMs: number | undefined;
  let failed: { error: unknown } | undefined;
  try {
    const nodes = planNodes(look(), (pod, node) => {
      const waitMs = work.backoff.waitMs(
        `${set.metadata.uid}/${node}`,
        nowMs,
        pod.status?.phase === 'Failed',
      );
      if (waitMs > 0) dueMs = Math.min(dueMs ?? waitMs, waitMs);
      else sayEnded(work, set, { pod, node });
      return waitMs === 0;
    });
    carryOut(work, { set, hash }, nodes);
    // What was planned for nodes is not planned again: the rollout looks at what is there now.
    carryOut(work, { set, hash }, planRollout(look()));
  } catch (error) {
    failed = { error };
  }
  const scene = look();
  writeStatus(api, OWNER.resource, set, daemonSetStatus(scene, collisionCount));
  const pods = [...scene.places.values()].flatMap(({ all }) => all);
  const hashes = new Set(pods.map(({ metadata }) => metadata.labels?.[REVISION_HASH]));
  const revisions = listRevisions(history);
  const live = revisions.filter(({ metadata }) => hashes.has(metadata.labels?.[REVISION_HASH]));
  truncateHistory(history, revisions, new Set([revision, ...live].map(({ metadata }) => metadata.name)));
  if (failed) throw failed.error;
  const availableMs = nextAvailableInMs(pods, set.spec.minReadySeconds ?? 0, nowMs);
  return dueMs === undefined || availableMs === undefined
    ? (dueMs ?? availableMs)
    : Math.min(dueMs, availableMs);
}

function sayEnded(
  { say }: Work,
  about: DaemonSetObject,
  { pod, node }: { pod: PodObject; node: string },
): void {
  const which = `daemon pod ${pod.metadata.namespace}/${pod.metadata.name} on node ${node}`;
  if (pod.status?.phase === 'Failed') {
    const message = `Found failed ${which}, will try to kill it`;
    say({ about, type: 'Warning', reason: 'FailedDaemonPod', message });
  } else {
    const message = `Found succeeded ${which}, will try to delete it`;
    say({ about, type: 'Normal', reason: 'SucceededDaemonPod', message });
  }
}

interface Target {
  readonly set: DaemonSetObject;
  readonly hash: string;
}

/** Makes pods in batches of 1, 2, 4, …, so that a template that is refused costs few requests, and removes pods. */
function carryOut(work: Work, target: Target, { create, remove }: Plan): void {
  let failed: { error: unknown } | undefined;
  let batch = 1;
  for (let at = 0; at < create.length && !failed; at += batch, batch *= 2) {
    for (const node of create.slice(at, at + batch)) {
      try {
        createPod(work, target, node);
      } catch (error) {
        failed = { error };
      }
    }
  }
  for (const pod of remove) removePod(work, target.set, pod);
  if (failed) throw failed.error;
}

function createPod({ context, say }: Work, { set, hash }: Target, node: string): void {
  try {
    const pod = context.api.create('pods', newDaemonPod(set, hash, node));
    const message = `Created pod: ${pod.metadata.name}`;
    say({ about: set, type: 'Normal', reason: 'SuccessfulCreate', message });
  } catch (error) {
    if (isNamespaceTerminating(error)) return;
    const message = `Error creating: ${error instanceof Error ? error.message : String(error)}`;
    say({ about: set, type: 'Warning', reason: 'FailedCreate', message });
    throw error;
  }
}

function removePod({ context, say }: Work, set: DaemonSetObject, pod: PodObject): void {
  const { namespace, name, uid } = pod.metadata;
  context.api.delete('pods', namespace, name, { uid: uid ?? '' });
  say({ about: set, type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted pod: ${name}` });
}

function claimPods(api: ClusterApi, set: DaemonSetObject): PodObject[] {
  const pods = api.list('pods', set.metadata.namespace) as readonly PodObject[];
  return claimObjects({ api, owner: set, selector: set.spec.selector, resource: 'pods' }, pods);
}

/** Heartbeats change nothing that a DaemonSet looks at. */
function changesFit({ type, object, old }: StoreEvent): boolean {
  if (type !== 'MODIFIED' || !old) return true;
  const fit = ({ metadata, spec, status }: StoreEvent['object']): string => {
    const { conditions = [] } = (status ?? {}) as { conditions?: { type: string; status: string }[] };
    const ready = conditions.find((condition) => condition.type === 'Ready')?.status;
    return JSON.stringify([metadata.labels, (spec as { taints?: unknown } | undefined)?.taints, ready]);
  };
  return fit(object) !== fit(old);
}
