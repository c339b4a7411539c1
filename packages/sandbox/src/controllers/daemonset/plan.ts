import type { NodeObject, PodObject } from '../objects.js';
import { isPodReady } from '../pod.js';
import {
  type DaemonSetObject,
  type Fit,
  fitOf,
  isAvailable,
  isUpdated,
  limitsOf,
  nodeOf,
} from './daemon-set.js';

/** A node with the pods of one DaemonSet. */
interface Place {
  readonly fit: Fit;
  /** Running or waiting; the oldest first. */
  readonly pods: readonly PodObject[];
  /** All of them, also those that have ended or are under deletion. */
  readonly all: readonly PodObject[];
}

/** What one pass looks at. */
export interface Scene {
  readonly set: DaemonSetObject;
  readonly hash: string;
  readonly nowMs: number;
  readonly places: ReadonlyMap<string, Place>;
  /** Pods that wait for a node that is gone. */
  readonly strays: readonly PodObject[];
}

/** Nodes that get a pod, and pods that go. */
export interface Plan {
  readonly create: readonly string[];
  readonly remove: readonly PodObject[];
}

/** Sorts the pods of a set by node. */
export function sceneOf(
  input: Pick<Scene, 'set' | 'hash' | 'nowMs'>,
  nodes: readonly NodeObject[],
  pods: readonly PodObject[],
): Scene {
  const byNode = new Map<string, PodObject[]>();
  for (const pod of [...pods].sort(byAge)) {
    // An ended pod that is under deletion takes up no place.
    if (hasEnded(pod) && pod.metadata.deletionTimestamp) continue;
    const node = nodeOf(pod) ?? '';
    byNode.set(node, [...(byNode.get(node) ?? []), pod]);
  }
  const places = new Map<string, Place>();
  for (const node of nodes) {
    const { name } = node.metadata;
    const all = byNode.get(name) ?? [];
    const alive = all.filter((pod) => !hasEnded(pod) && !pod.metadata.deletionTimestamp);
    places.set(name, { fit: fitOf(input.set, node), pods: alive, all });
  }
  const strays = [...byNode]
    .filter(([name]) => !places.has(name))
    .flatMap(([, waiting]) => waiting.filter(({ spec }) => !spec.nodeName));
  return { ...input, places, strays };
}

function hasEnded({ status }: PodObject): boolean {
  return status?.phase === 'Failed' || status?.phase === 'Succeeded';
}

/** Pods on a node come before those that wait, old ones before young ones. */
function byAge(a: PodObject, b: PodObject): number {
  const waits = (pod: PodObject): number => Number(!pod.spec.nodeName);
  const born = (pod: PodObject): string => `${pod.metadata.creationTimestamp} ${pod.metadata.name}`;
  return waits(a) - waits(b) || (born(a) < born(b) ? -1 : 1);
}

/** What every node needs: one pod where the set fits, none elsewhere; with a surge the old and the new one. */
export function planNodes(scene: Scene, mayRemoveEnded: (pod: PodObject, node: string) => boolean): Plan {
  const surges = limitsOf(scene.set, 1).surge > 0;
  const create: string[] = [];
  const remove: PodObject[] = [...scene.strays];
  for (const [node, { fit, pods, all }] of scene.places) {
    if (fit.run && all.length === 0) create.push(node);
    else if (fit.stay) {
      remove.push(...all.filter((pod) => isEnded(pod) && mayRemoveEnded(pod, node)));
      if (!surges) remove.push(...pods.slice(1));
      else if (pods.length === 0 && fit.run) create.push(node);
      else remove.push(...surplusOfSurge(scene, pods));
    } else {
      remove.push(...all.filter(({ metadata }) => !metadata.deletionTimestamp));
    }
  }
  return { create, remove };
}

function isEnded(pod: PodObject): boolean {
  return hasEnded(pod) && !pod.metadata.deletionTimestamp;
}

/** One old pod and one new one may stand side by side until the new one is available or the old one is not ready. */
function surplusOfSurge({ set, hash, nowMs }: Scene, pods: readonly PodObject[]): PodObject[] {
  const [fresh, ...moreFresh] = pods.filter((pod) => isUpdated(set, pod, hash));
  const [old, ...moreOld] = pods.filter((pod) => !isUpdated(set, pod, hash));
  const replaced = fresh && old && (!isPodReady(old) || isAvailable(set, fresh, nowMs));
  return [...moreFresh, ...moreOld, ...(replaced ? [old] : [])];
}

/** Which pods of an old template are replaced now. */
export function planRollout(scene: Scene): Plan {
  if ((scene.set.spec.updateStrategy?.type ?? 'RollingUpdate') !== 'RollingUpdate') {
    return { create: [], remove: [] };
  }
  const desired = [...scene.places.values()].filter(({ fit }) => fit.run).length;
  const { unavailable, surge } = limitsOf(scene.set, desired);
  return surge === 0 ? replaceInPlace(scene, unavailable) : replaceBeside(scene, surge, desired);
}

/** The old and the new pod of a node; undefined when there is more than one of either. */
function pairOf({ set, hash }: Scene, { pods }: Place): { fresh?: PodObject; old?: PodObject } | undefined {
  const fresh = pods.filter((pod) => isUpdated(set, pod, hash));
  const old = pods.filter((pod) => !isUpdated(set, pod, hash));
  if (fresh.length > 1 || old.length > 1) return undefined;
  return { ...(fresh[0] ? { fresh: fresh[0] } : {}), ...(old[0] ? { old: old[0] } : {}) };
}

/** Old pods that are not available go at once; others as far as `most` nodes may be without a pod. */
function replaceInPlace(scene: Scene, most: number): Plan {
  const { set, nowMs } = scene;
  const atOnce: PodObject[] = [];
  const candidates: PodObject[] = [];
  let missing = 0;
  for (const place of scene.places.values()) {
    if (!place.fit.run && place.all.length === 0) continue;
    const { fresh, old } = pairOf(scene, place) ?? {};
    if (fresh && !old) {
      if (!isAvailable(set, fresh, nowMs)) missing++;
    } else if (old && !fresh) {
      if (isAvailable(set, old, nowMs)) candidates.push(old);
      else {
        atOnce.push(old);
        missing++;
      }
    } else missing++;
  }
  return { create: [], remove: [...atOnce, ...candidates.slice(0, Math.max(0, most - missing))] };
}

/** New pods beside old ones on at most `most` nodes; an old pod goes when the new one is available. */
function replaceBeside(scene: Scene, most: number, desired: number): Plan {
  const { set, nowMs } = scene;
  const remove: PodObject[] = [];
  const misplaced: PodObject[] = [];
  const atOnce: string[] = [];
  const candidates: string[] = [];
  let surging = 0;
  let available = 0;
  for (const [node, place] of scene.places) {
    const pair = pairOf(scene, place);
    if (pair === undefined) {
      surging++;
      continue;
    }
    const { fresh, old } = pair;
    const counted = old ?? fresh;
    if (counted && isAvailable(set, counted, nowMs)) available++;
    if (!old) continue;
    if (fresh) {
      if (isAvailable(set, fresh, nowMs)) remove.push(old);
      else surging++;
    } else if (!place.fit.run) {
      (isAvailable(set, old, nowMs) ? misplaced : remove).push(old);
    } else {
      (isAvailable(set, old, nowMs) ? candidates : atOnce).push(node);
    }
  }
  // A pod that should not be where it is stays until enough others are available.
  remove.push(...misplaced.slice(0, Math.max(0, available - desired)));
  return { create: [...atOnce, ...candidates.slice(0, Math.max(0, most - surging))], remove };
}
