import { equalJson } from '../../api/storage/json.js';
import { claimObjects } from '../claim.js';
import { type ControllerContext, isAlreadyExists } from '../controller.js';
import { type EventRecord, recordEvent } from '../events.js';
import type { DeploymentObject, ReplicaSetObject } from '../objects.js';
import { isControlledBy } from '../owner.js';
import {
  findNewReplicaSet,
  newReplicaSet,
  revisionOf,
  sameTemplate,
  setReplicasAnnotations,
  syncAnnotations,
} from './revision.js';
import { newSetReplicas, type ScaleStep, specReplicas } from './rollout.js';

/** A Deployment with its ReplicaSets, as read at one moment. */
export interface Fleet {
  readonly deployment: DeploymentObject;
  readonly newSet: ReplicaSetObject | undefined;
  readonly oldSets: readonly ReplicaSetObject[];
}

/** Reads the ReplicaSets of a Deployment, adopting and releasing where the selector says so. */
export function readFleet({ api }: ControllerContext, deployment: DeploymentObject): Fleet {
  const candidates = api.list('replicasets', deployment.metadata.namespace) as readonly ReplicaSetObject[];
  const claim = { api, owner: deployment, selector: deployment.spec.selector, resource: 'replicasets' };
  const sets = claimObjects(claim, candidates);
  const newSet = findNewReplicaSet(deployment, sets);
  return { deployment, newSet, oldSets: sets.filter((set) => set !== newSet) };
}

/** Says something about a Deployment. */
export function sayOf(context: ControllerContext, record: EventRecord): void {
  recordEvent(context, 'deployment-controller', record);
}

/** The revision that the ReplicaSet of the present template has or gets. */
function nextRevision(fleet: Fleet): number {
  return Math.max(0, ...fleet.oldSets.map(revisionOf)) + 1;
}

/** Brings annotations and minReadySeconds of the new ReplicaSet up to date, if there is one. */
export function syncNewSet({ api }: ControllerContext, fleet: Fleet): Fleet {
  const { deployment, newSet } = fleet;
  if (!newSet) return fleet;
  const { namespace, name } = newSet.metadata;
  const revision = nextRevision(fleet);
  const minReadySeconds = deployment.spec.minReadySeconds ?? 0;
  const stored = api.modify('replicasets', namespace, name, (copy) => {
    const set = copy as ReplicaSetObject;
    const before = set.metadata.annotations;
    syncAnnotations(set, deployment, revision);
    const sameWait = (set.spec.minReadySeconds ?? 0) === minReadySeconds;
    if (sameWait && equalJson(before ?? {}, set.metadata.annotations)) return false;
    if (!sameWait) set.spec.minReadySeconds = minReadySeconds;
    return true;
  });
  return { ...fleet, newSet: stored as ReplicaSetObject | undefined };
}

/** The outcome of making a ReplicaSet: `collision` when another one has its name. */
type CreateOutcome =
  | { readonly set: ReplicaSetObject; readonly made: boolean }
  | { readonly collision: true };

/** Makes the ReplicaSet of the present template with as many replicas as the rollout allows at once. */
export function createNewSet(context: ControllerContext, fleet: Fleet): CreateOutcome {
  const { deployment, oldSets } = fleet;
  const set = newReplicaSet(deployment, nextRevision(fleet));
  set.spec.replicas = newSetReplicas(deployment, set, oldSets);
  try {
    const created = context.api.create('replicasets', set) as ReplicaSetObject;
    const replicas = specReplicas(created);
    if (replicas > 0) sayScaled(context, deployment, { set: created, from: 0, to: replicas });
    return { set: created, made: true };
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    const { namespace, name } = set.metadata;
    const other = context.api.get('replicasets', namespace, name) as ReplicaSetObject | undefined;
    if (other && isControlledBy(other, deployment) && sameTemplate(other, deployment)) {
      return { set: other, made: false };
    }
    return { collision: true };
  }
}

/** Writes new sizes; true when a ReplicaSet changed its size. */
export function applySteps(
  context: ControllerContext,
  deployment: DeploymentObject,
  steps: readonly ScaleStep[],
): boolean {
  let changed = false;
  for (const { set, replicas } of steps) {
    const { namespace, name, uid } = set.metadata;
    let from = replicas;
    const stored = context.api.modify('replicasets', namespace, name, (copy) => {
      const next = copy as ReplicaSetObject;
      if (copy.metadata.uid !== uid) return false;
      from = specReplicas(next);
      next.spec.replicas = replicas;
      setReplicasAnnotations(next, deployment);
      return true;
    });
    if (!stored || from === replicas) continue;
    changed = true;
    sayScaled(context, deployment, { set, from, to: replicas });
  }
  return changed;
}

function sayScaled(
  context: ControllerContext,
  deployment: DeploymentObject,
  { set, from, to }: { set: ReplicaSetObject; from: number; to: number },
): void {
  const direction = to > from ? 'up' : 'down';
  const message = `Scaled ${direction} replica set ${set.metadata.name} from ${from} to ${to}`;
  sayOf(context, { about: deployment, type: 'Normal', reason: 'ScalingReplicaSet', message });
}

/** Deletes the oldest ReplicaSets beyond revisionHistoryLimit, but none that has or wants pods. */
export function cleanUpHistory({ api }: ControllerContext, { deployment, oldSets }: Fleet): void {
  const limit = deployment.spec.revisionHistoryLimit ?? 10;
  const alive = oldSets.filter((set) => !set.metadata.deletionTimestamp);
  const surplus = [...alive]
    .sort((a, b) => revisionOf(a) - revisionOf(b))
    .slice(0, Math.max(0, alive.length - limit));
  for (const set of surplus) {
    const { namespace, name, uid, generation = 0 } = set.metadata;
    const observed = set.status?.observedGeneration ?? 0;
    if ((set.status?.replicas ?? 0) !== 0 || specReplicas(set) !== 0 || generation > observed) continue;
    api.delete('replicasets', namespace, name, { uid });
  }
}
