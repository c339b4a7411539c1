import { withCondition } from '../conditions.js';
import { type ControllerContext, isNamespaceTerminating } from '../controller.js';
import type { Condition, DeploymentObject, PodObject } from '../objects.js';
import { controllerOf } from '../owner.js';
import { isPodTerminal } from '../pod.js';
import { writeStatus } from '../write-status.js';
import {
  applySteps,
  cleanUpHistory,
  createNewSet,
  type Fleet,
  readFleet,
  sayOf,
  syncNewSet,
} from './replica-sets.js';
import { REVISION } from './revision.js';
import { newSetReplicas, shrinkOldSets, specReplicas } from './rollout.js';
import { isScalingEvent, scaleSteps } from './scale.js';
import {
  baseStatus,
  isComplete,
  pauseCondition,
  progressCondition,
  progressDeadlineInMs,
  rolloutStatus,
} from './status.js';

/** One pass over a Deployment; answers in how many milliseconds its progress deadline is due. */
export function reconcileDeployment(context: ControllerContext, found: DeploymentObject): number | undefined {
  const nowMs = context.clock.now();
  let fleet = readFleet(context, found);
  if (found.metadata.deletionTimestamp) {
    writeStatus(context.api, 'deployments', found, baseStatus({ ...fleet, nowMs }));
    return undefined;
  }
  fleet = say(context, fleet, pauseCondition(found, nowMs));
  fleet = adoptRevision(context, syncNewSet(context, fleet));
  const { deployment, newSet, oldSets } = fleet;
  const all = newSet ? [...oldSets, newSet] : oldSets;
  if (deployment.spec.paused || isScalingEvent(deployment, all)) {
    applySteps(context, deployment, scaleSteps(deployment, newSet, oldSets));
    if (deployment.spec.paused) cleanUpHistory(context, fleet);
    const now = readFleet(context, deployment);
    writeStatus(context.api, 'deployments', deployment, baseStatus({ ...now, nowMs }));
    return undefined;
  }
  const next =
    deployment.spec.strategy?.type === 'Recreate' ? recreate(context, fleet) : roll(context, fleet);
  return next && finishPass(context, next);
}

/** Moves a rolling update on: the new ReplicaSet grows if it may, else the old ones shrink if they may. */
function roll(context: ControllerContext, before: Fleet): Fleet | undefined {
  const fleet = ensureNewSet(context, before);
  if (!fleet?.newSet) return undefined;
  const { deployment, newSet, oldSets } = fleet;
  const size = newSetReplicas(deployment, newSet, oldSets);
  const grown =
    size !== specReplicas(newSet) && applySteps(context, deployment, [{ set: newSet, replicas: size }]);
  if (!grown) applySteps(context, deployment, shrinkOldSets(deployment, newSet, oldSets));
  return readFleet(context, deployment);
}

/** Moves a Recreate rollout on: first no old pod, then all new ones. */
function recreate(context: ControllerContext, before: Fleet): Fleet | undefined {
  const { deployment, oldSets } = before;
  const steps = oldSets.filter((set) => specReplicas(set) > 0).map((set) => ({ set, replicas: 0 }));
  if (applySteps(context, deployment, steps) || hasOldPods(context, before))
    return readFleet(context, deployment);
  const fleet = ensureNewSet(context, before);
  if (!fleet?.newSet) return undefined;
  const replicas = deployment.spec.replicas ?? 1;
  if (specReplicas(fleet.newSet) !== replicas)
    applySteps(context, deployment, [{ set: fleet.newSet, replicas }]);
  return readFleet(context, fleet.deployment);
}

/** Pods under deletion still run. */
function hasOldPods({ api }: ControllerContext, { deployment, oldSets }: Fleet): boolean {
  if (oldSets.some((set) => (set.status?.replicas ?? 0) > 0)) return true;
  const old = new Set(oldSets.map((set) => set.metadata.uid));
  const pods = api.list('pods', deployment.metadata.namespace) as readonly PodObject[];
  return pods.some((pod) => old.has(controllerOf(pod)?.uid) && !isPodTerminal(pod));
}

function finishPass(context: ControllerContext, fleet: Fleet): number | undefined {
  const nowMs = context.clock.now();
  const { deployment } = fleet;
  const status = rolloutStatus({ ...fleet, nowMs });
  if (isComplete(deployment, status)) cleanUpHistory(context, fleet);
  const written = writeStatus(context.api, 'deployments', deployment, status);
  const dueMs = progressDeadlineInMs(written, nowMs);
  return dueMs > 0 && Number.isFinite(dueMs) ? dueMs : undefined;
}

/** Makes the new ReplicaSet when there is none; undefined when there is nothing more to do in this pass. */
function ensureNewSet(context: ControllerContext, fleet: Fleet): Fleet | undefined {
  if (fleet.newSet) return fleet;
  const { deployment } = fleet;
  const nowMs = context.clock.now();
  try {
    const outcome = createNewSet(context, fleet);
    if ('collision' in outcome) {
      const collisionCount = (deployment.status?.collisionCount ?? 0) + 1;
      writeStatus(context.api, 'deployments', deployment, { ...deployment.status, collisionCount });
      return undefined;
    }
    const { set, made } = outcome;
    const message = `Created new replica set "${set.metadata.name}"`;
    const created = progressCondition(deployment, nowMs, ['True', 'NewReplicaSetCreated', message]);
    return adoptRevision(context, say(context, { ...fleet, newSet: set }, made ? created : undefined));
  } catch (error) {
    if (isNamespaceTerminating(error)) return undefined;
    const text = error instanceof Error ? error.message : String(error);
    const message = `Failed to create new replica set: ${text}`;
    say(context, fleet, progressCondition(deployment, nowMs, ['False', 'ReplicaSetCreateError', message]));
    sayOf(context, { about: deployment, type: 'Warning', reason: 'ReplicaSetCreateError', message });
    throw error;
  }
}

/** The Deployment shows the revision of its new ReplicaSet. */
function adoptRevision(context: ControllerContext, fleet: Fleet): Fleet {
  const revision = fleet.newSet?.metadata.annotations?.[REVISION];
  if (!revision || fleet.deployment.metadata.annotations?.[REVISION] === revision) return fleet;
  const { namespace, name, uid } = fleet.deployment.metadata;
  const stored = context.api.modify('deployments', namespace, name, (copy) => {
    if (copy.metadata.uid !== uid) return false;
    copy.metadata.annotations = { ...copy.metadata.annotations, [REVISION]: revision };
    return true;
  });
  return stored ? { ...fleet, deployment: stored as DeploymentObject } : fleet;
}

function say(context: ControllerContext, fleet: Fleet, condition: Condition | undefined): Fleet {
  if (!condition) return fleet;
  const status = fleet.deployment.status ?? {};
  const conditions = withCondition(status.conditions ?? [], condition);
  return {
    ...fleet,
    deployment: writeStatus(context.api, 'deployments', fleet.deployment, { ...status, conditions }),
  };
}
