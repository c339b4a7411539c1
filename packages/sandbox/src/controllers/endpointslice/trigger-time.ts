import type { PodObject, ServiceObject } from '../objects.js';
import { podCondition } from '../pod.js';

/** Annotation with the time of the change that a slice's newest form answers to. */
export const TRIGGER_TIME = 'endpoints.kubernetes.io/last-change-trigger-time';

interface Seen {
  readonly serviceMs: number;
  readonly podMs: ReadonlyMap<string, number>;
}

/** Remembers, per Service, the times of the changes that were seen. */
export class TriggerTimes {
  readonly #seen = new Map<string, Seen>();

  /**
   * The time of the earliest change since the last call for this Service: a pod's Ready transition, or the Service's
   * creation; undefined when none of these changed (a pod that begins to terminate has no such time, as upstream).
   */
  next(key: string, service: ServiceObject, pods: readonly PodObject[]): number | undefined {
    const before = this.#seen.get(key);
    const serviceMs = timeOf(service.metadata.creationTimestamp) ?? 0;
    const podMs = new Map<string, number>();
    const changed: number[] = [];
    for (const pod of pods) {
      const ms = timeOf(podCondition(pod, 'Ready')?.lastTransitionTime);
      if (ms === undefined) continue;
      podMs.set(pod.metadata.name, ms);
      if (ms > (before?.podMs.get(pod.metadata.name) ?? 0)) changed.push(ms);
    }
    if (serviceMs > (before?.serviceMs ?? 0)) changed.push(serviceMs);
    this.#seen.set(key, { serviceMs, podMs });
    if (!before) return serviceMs || undefined;
    return changed.length > 0 ? Math.min(...changed) : undefined;
  }

  /** Forgets a Service that is gone. */
  forget(key: string): void {
    this.#seen.delete(key);
  }
}

/** RFC3339Nano, as upstream writes it: no fraction when it is zero. */
export function formatTriggerTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.?0*Z$/, 'Z');
}

function timeOf(text: string | undefined): number | undefined {
  const ms = Date.parse(text ?? '');
  return Number.isNaN(ms) ? undefined : ms;
}
