import type { KubeObject } from '../../objects.js';
import { kubeTime } from '../clock.js';
import type { KindInfo } from '../kinds.js';
import { conflict } from '../refusals.js';
import type { DeleteOptions } from '../store.js';
import { at, copyJson, equalJson } from './json.js';

/** Finalizers through which the garbage collector carries out a propagation policy. */
const FOREGROUND = 'foregroundDeletion';
const ORPHAN = 'orphan';

/** Refuses a deletion whose preconditions do not hold. */
export function checkPreconditions(kind: KindInfo, object: KubeObject, options: DeleteOptions): void {
  const { uid, resourceVersion, name } = object.metadata;
  if (options.uid && options.uid !== uid) {
    const why =
      `the UID in the precondition (${options.uid}) does not match the UID in record (${uid}). ` +
      'The object might have been deleted and then recreated';
    throw conflict(kind, name, why);
  }
  if (options.resourceVersion && options.resourceVersion !== resourceVersion) {
    const why =
      `the ResourceVersion in the precondition (${options.resourceVersion}) does not match the ` +
      `ResourceVersion in record (${resourceVersion}). The object might have been modified`;
    throw conflict(kind, name, why);
  }
}

/** What a deletion does now: removes the object, or writes `next` (undefined: it is under way already). */
export type DeletionStep = { remove: true } | { remove: false; next: KubeObject | undefined };

/** Decides a deletion as upstream's BeforeDelete does. */
export function beginDeletion(
  kind: KindInfo,
  object: KubeObject,
  options: DeleteOptions,
  nowMs: number,
): DeletionStep {
  const grace = gracePeriodSeconds(kind, object, options);
  const next = copyJson(object);
  setPropagation(next, options.propagationPolicy);
  const meta = next.metadata;
  if (meta.deletionTimestamp) {
    const before = meta.deletionGracePeriodSeconds ?? 0;
    const asked = kind.resource !== 'pods' || options.gracePeriodSeconds !== undefined || grace === 0;
    if (asked && grace < before) {
      const startedMs = Date.parse(meta.deletionTimestamp) - before * 1000;
      meta.deletionTimestamp = kubeTime(startedMs + grace * 1000);
      meta.deletionGracePeriodSeconds = grace;
    }
  } else {
    meta.deletionTimestamp = kubeTime(nowMs + grace * 1000);
    meta.deletionGracePeriodSeconds = grace;
    if (meta.generation !== undefined) meta.generation += 1;
    if (kind.resource === 'namespaces') {
      next.status = { ...(typeof next.status === 'object' ? next.status : {}), phase: 'Terminating' };
    }
  }
  if (mayBeRemoved(kind, next)) return { remove: true };
  return { remove: false, next: equalJson(next, object) ? undefined : next };
}

/** Whether an object whose deletion has begun has nothing left that keeps it. */
export function mayBeRemoved(kind: KindInfo, object: KubeObject): boolean {
  const meta = object.metadata;
  if (!meta.deletionTimestamp || meta.finalizers?.length) return false;
  if ((meta.deletionGracePeriodSeconds ?? 0) > 0) return false;
  const finalizers = kind.resource === 'namespaces' ? at(object, 'spec', 'finalizers') : undefined;
  return !Array.isArray(finalizers) || finalizers.length === 0;
}

/** 68 years: a later end would be none that a time in metadata can hold. */
const MAX_GRACE_SECONDS = 2 ** 31 - 1;

function gracePeriodSeconds(kind: KindInfo, object: KubeObject, options: DeleteOptions): number {
  if (kind.resource !== 'pods') return 0;
  // No kubelet will confirm the end of a pod that runs nowhere.
  if (!at(object, 'spec', 'nodeName')) return 0;
  const phase = at(object, 'status', 'phase');
  if (phase === 'Succeeded' || phase === 'Failed') return 0;
  const own = at(object, 'spec', 'terminationGracePeriodSeconds');
  const period = options.gracePeriodSeconds ?? (typeof own === 'number' ? own : 30);
  return period < 0 ? 1 : Math.min(period, MAX_GRACE_SECONDS);
}

function setPropagation(object: KubeObject, policy: DeleteOptions['propagationPolicy']): void {
  if (!policy) return;
  const others = (object.metadata.finalizers ?? []).filter((name) => name !== FOREGROUND && name !== ORPHAN);
  if (policy === 'Foreground') others.push(FOREGROUND);
  if (policy === 'Orphan') others.push(ORPHAN);
  if (others.length > 0) object.metadata.finalizers = others;
  else delete object.metadata.finalizers;
}
