import { isPodReady } from '../pod.js';
import { type DaemonSetStatus, isAvailable, isUpdated } from './daemon-set.js';
import type { Scene } from './plan.js';

/** The status of a DaemonSet; the counts that upstream leaves out when they are zero are left out. */
export function daemonSetStatus(scene: Scene, collisionCount: number): DaemonSetStatus {
  const { set, hash, nowMs, places } = scene;
  const wanted = [...places.values()].filter(({ fit }) => fit.run);
  // Of several pods on a node the oldest one speaks for it.
  const first = wanted.flatMap(({ all }) => all.slice(0, 1));
  const available = first.filter((pod) => isAvailable(set, pod, nowMs)).length;
  const counts = {
    updatedNumberScheduled: first.filter((pod) => isUpdated(set, pod, hash)).length,
    numberAvailable: available,
    numberUnavailable: wanted.length - available,
    collisionCount,
  };
  return {
    currentNumberScheduled: first.length,
    numberMisscheduled: [...places.values()].filter(({ fit, all }) => !fit.run && all.length > 0).length,
    desiredNumberScheduled: wanted.length,
    numberReady: first.filter(isPodReady).length,
    observedGeneration: set.metadata.generation ?? 0,
    ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
  };
}
