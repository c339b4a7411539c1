import { kubeTime } from '../api/clock.js';
import { withCondition } from './conditions.js';
import { type Controller, type ControllerContext, createController, splitKey } from './controller.js';
import type { PodObject } from './objects.js';
import { isPodTerminal } from './pod.js';

/** Options of the pod garbage collector. */
export interface PodGcOptions {
  /** How long a node must be missing until its pods are removed. Default 40 s, as upstream. */
  readonly quarantineMs?: number;
}

/** Removes the pods of nodes that no longer exist: no kubelet will ever end them. */
export function createPodGc(
  context: ControllerContext,
  { quarantineMs = 40_000 }: PodGcOptions = {},
): Controller {
  const { api, clock } = context;
  const missingSinceMs = new Map<string, number>();

  function reconcile(key: string): number | undefined {
    const { name } = splitKey(key);
    const pods = (api.list('pods') as readonly PodObject[]).filter((pod) => pod.spec.nodeName === name);
    if (api.get('nodes', undefined, name) || pods.length === 0) {
      missingSinceMs.delete(name);
      return undefined;
    }
    const sinceMs = missingSinceMs.get(name) ?? clock.now();
    missingSinceMs.set(name, sinceMs);
    const leftMs = sinceMs + quarantineMs - clock.now();
    if (leftMs > 0) return leftMs;
    for (const pod of pods) remove(pod);
    missingSinceMs.delete(name);
    return undefined;
  }

  function remove(pod: PodObject): void {
    const { namespace, name, uid } = pod.metadata;
    if (!isPodTerminal(pod)) {
      api.modify('pods', namespace, name, markFailed, { subresource: 'status' });
    }
    api.delete('pods', namespace, name, { uid, gracePeriodSeconds: 0 });
  }

  function markFailed(copy: object): void {
    const pod = copy as PodObject;
    const conditions = withCondition(pod.status?.conditions ?? [], {
      type: 'DisruptionTarget',
      status: 'True',
      lastTransitionTime: kubeTime(clock.now()),
      reason: 'DeletionByPodGC',
      message: 'PodGC: node no longer exists',
    });
    pod.status = { ...pod.status, phase: 'Failed', conditions };
  }

  return createController({
    ...context,
    name: 'pod-gc',
    watches: [
      { resource: 'nodes', keys: ({ object }) => [`/${object.metadata.name}`] },
      {
        resource: 'pods',
        keys({ type, object }) {
          const node = type === 'DELETED' ? undefined : (object as PodObject).spec.nodeName;
          return node && !api.get('nodes', undefined, node) ? [`/${node}`] : [];
        },
      },
    ],
    reconcile,
  });
}
