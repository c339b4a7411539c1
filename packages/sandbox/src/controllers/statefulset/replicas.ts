import type { ClusterApi } from '../../api/store.js';
import { isAlreadyExists, isNamespaceTerminating } from '../controller.js';
import type { EventRecorder } from '../events.js';
import type { PodObject } from '../objects.js';
import { availableInMs, isPodTerminal } from '../pod.js';
import {
  claimNames,
  newPod,
  ordinalOf,
  ordinals,
  restoreIdentity,
  type StatefulSetObject,
  type Version,
} from './stateful-set.js';
import { isRunningAndReady } from './status.js';

/** One pass over a StatefulSet: what it is to do, and with what. */
export interface Rollout {
  readonly api: ClusterApi;
  readonly say: EventRecorder;
  readonly nowMs: number;
  readonly set: StatefulSetObject;
  /** The template that the pods are coming from. */
  readonly current: Version;
  /** The template that they are going to. */
  readonly update: Version;
  /** One pod after the other (`podManagementPolicy: OrderedReady`). */
  readonly ordered: boolean;
}

/** Whether the pod is ready for as long as the set asks for. */
export function isAvailable({ set, nowMs }: Rollout, pod: PodObject): boolean {
  return isRunningAndReady(pod) && availableInMs(pod, set.spec.minReadySeconds ?? 0, nowMs) === 0;
}

/** Pods that count, and pods that must go. */
export interface Fleet {
  /** In the order of their numbers. */
  readonly replicas: readonly Replica[];
  /** Those whose number is out of range, the highest first. */
  readonly condemned: readonly PodObject[];
}

/** A number of the set with its pod, if there is one. */
export interface Replica {
  readonly ordinal: number;
  readonly pod: PodObject | undefined;
}

/** Sorts pods by whether the set still wants their number. */
export function fleetOf(set: StatefulSetObject, pods: readonly PodObject[]): Fleet {
  const byOrdinal = new Map(pods.map((pod) => [ordinalOf(set, pod.metadata.name) ?? -1, pod]));
  const wanted = ordinals(set);
  const replicas = wanted.map((ordinal) => ({ ordinal, pod: byOrdinal.get(ordinal) }));
  for (const ordinal of wanted) byOrdinal.delete(ordinal);
  const condemned = [...byOrdinal].sort(([a], [b]) => b - a).map(([, pod]) => pod);
  return { replicas, condemned };
}

/**
 * Brings one number of the set closer to a pod that is available. True: in an ordered set nothing after it may be done
 * now.
 */
export function processReplica(rollout: Rollout, { ordinal, pod }: Replica): boolean {
  const { set, ordered } = rollout;
  if (pod === undefined) {
    createPod(rollout, ordinal);
    return ordered;
  }
  if (isPodTerminal(pod)) {
    // Its successor is made when it is gone.
    if (!pod.metadata.deletionTimestamp) deletePod(rollout, pod);
    return true;
  }
  if (ordered && (pod.metadata.deletionTimestamp || !isAvailable(rollout, pod))) return true;
  rollout.api.modify('pods', set.metadata.namespace, pod.metadata.name, (copy) => {
    return copy.metadata.uid === pod.metadata.uid && restoreIdentity(copy as PodObject, ordinal);
  });
  return false;
}

/** Gives up one pod whose number is out of range. True: in an ordered set nothing after it may be done now. */
export function processCondemned(
  rollout: Rollout,
  pod: PodObject,
  firstUnavailable: PodObject | undefined,
): boolean {
  if (pod.metadata.deletionTimestamp) return rollout.ordered;
  // The one that is in trouble may go, for its trouble would hold up everything.
  if (rollout.ordered && !isAvailable(rollout, pod) && pod !== firstUnavailable) return true;
  deletePod(rollout, pod);
  return rollout.ordered;
}

/** Which template the pod of a number is made from: below the partition it is still the current one. */
function versionOf({ set, current, update }: Rollout, ordinal: number): Version {
  const start = set.spec.ordinals?.start ?? 0;
  const { type = 'RollingUpdate', rollingUpdate } = set.spec.updateStrategy ?? {};
  const kept = rollingUpdate
    ? (rollingUpdate.partition ?? 0)
    : type === 'RollingUpdate'
      ? (set.status?.currentReplicas ?? 0)
      : 0;
  return ordinal < start + kept ? current : update;
}

function createPod(rollout: Rollout, ordinal: number): void {
  const { api, set } = rollout;
  const pod = newPod(set, ordinal, versionOf(rollout, ordinal));
  const { name } = pod.metadata;
  try {
    api.create('pods', pod);
  } catch (error) {
    if (isNamespaceTerminating(error)) return;
    if (!isAlreadyExists(error)) sayFailure(rollout, { verb: 'Create', pod: name, error });
    throw error;
  }
  say(rollout, 'Create', name);
  const claims = claimNames(set);
  if (claims.length === 0) return;
  const message =
    `volumes ${claims.join(', ')} are emptyDirs in each pod: this cluster has no storage that outlives a pod, ` +
    'so spec.volumeClaimTemplates make no PersistentVolumeClaims';
  rollout.say({ about: set, type: 'Warning', reason: 'VolumeClaimsNotSupported', message });
}

/** Deletes a pod of the set. */
export function deletePod(rollout: Rollout, pod: PodObject): void {
  const { namespace, name, uid } = pod.metadata;
  try {
    rollout.api.delete('pods', namespace, name, { uid: uid ?? '' });
  } catch (error) {
    sayFailure(rollout, { verb: 'Delete', pod: name, error });
    throw error;
  }
  say(rollout, 'Delete', name);
}

type Verb = 'Create' | 'Delete';

function say({ say: record, set }: Rollout, verb: Verb, pod: string): void {
  const message = `${verb} Pod ${pod} in StatefulSet ${set.metadata.name} successful`;
  record({ about: set, type: 'Normal', reason: `Successful${verb}`, message });
}

function sayFailure(
  { say: record, set }: Rollout,
  { verb, pod, error }: { verb: Verb; pod: string; error: unknown },
): void {
  const text = error instanceof Error ? error.message : String(error);
  const message = `${verb} Pod ${pod} in StatefulSet ${set.metadata.name} failed error: ${text}`;
  record({ about: set, type: 'Warning', reason: `Failed${verb}`, message });
}
