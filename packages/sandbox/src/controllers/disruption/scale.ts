import type { KindInfo } from '../../api/kinds.js';
import type { ClusterApi } from '../../api/store.js';
import type { KubeObject, OwnerReference } from '../../objects.js';
import type { PodObject } from '../objects.js';
import { controllerOf } from '../owner.js';

/** How many pods the controllers of some pods want together, and which pods have none. */
export interface TotalScale {
  readonly scale: number;
  readonly unmanaged: readonly string[];
}

/**
 * Sums the replicas over the controllers of the pods, each one once: of a Deployment's pods those of the Deployment.
 * Throws when a controller has no number of replicas.
 */
export function totalScale(
  { api, kinds }: { readonly api: ClusterApi; readonly kinds: readonly KindInfo[] },
  pods: readonly PodObject[],
): TotalScale {
  const scales = new Map<string, number>();
  const unmanaged: string[] = [];
  for (const pod of pods) {
    const reference = controllerOf(pod);
    if (!reference) {
      unmanaged.push(pod.metadata.name);
      continue;
    }
    const top = topController(find, reference, pod.metadata.namespace);
    if (!top) throw new Error(`found no controllers for pod "${pod.metadata.name}"`);
    scales.set(top.metadata.uid ?? '', replicasOf(top));
  }
  return { scale: [...scales.values()].reduce((sum, each) => sum + each, 0), unmanaged };

  function find({ apiVersion, kind, name, uid }: OwnerReference, namespace: string | undefined) {
    const info = kinds.find(
      (each) =>
        each.kind === kind && apiVersion === (each.group ? `${each.group}/${each.version}` : each.version),
    );
    if (!info) return undefined;
    if (!info.subresources.includes('scale')) {
      const qualified = info.group ? `${info.resource}.${info.group}` : info.resource;
      throw new Error(`${qualified} does not implement the scale subresource`);
    }
    const object = api.get(info.resource, namespace, name);
    return object?.metadata.uid === uid ? object : undefined;
  }
}

type Find = (reference: OwnerReference, namespace: string | undefined) => KubeObject | undefined;

/** The controller's own controller, if it has one: nobody scales the ReplicaSet of a Deployment. */
function topController(
  find: Find,
  reference: OwnerReference,
  namespace: string | undefined,
): KubeObject | undefined {
  const controller = find(reference, namespace);
  const above = controller && controllerOf(controller);
  return above ? find(above, namespace) : controller;
}

function replicasOf({ spec }: KubeObject): number {
  const replicas = (spec as { replicas?: unknown } | undefined)?.replicas;
  return typeof replicas === 'number' ? replicas : 1;
}
