import type { KubeObject } from '../../objects.js';
import { kubeTime } from '../clock.js';
import type { KindInfo } from '../kinds.js';
import { badRequest, conflict, invalid } from '../refusals.js';
import { at, copyJson, isObject } from './json.js';

/** The `autoscaling/v1` Scale of a Deployment or ReplicaSet. */
export function toScale(object: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const labels = at(object, 'spec', 'selector', 'matchLabels');
  const pairs = isObject(labels)
    ? Object.entries(labels).map(([key, value]) => `${key}=${String(value)}`)
    : [];
  return copyJson({
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: at(object, 'spec', 'replicas') ?? 0 },
    status: { replicas: at(object, 'status', 'replicas') ?? 0, selector: pairs.sort().join(',') },
  });
}

/** The object with the replica count of a Scale. */
export function fromScale(kind: KindInfo, old: KubeObject, scale: KubeObject): KubeObject {
  const replicas = at(scale, 'spec', 'replicas') ?? 0;
  if (typeof replicas !== 'number' || !Number.isInteger(replicas)) {
    throw badRequest(
      `Scale in version "v1" cannot be handled as a Scale: json: cannot unmarshal ${typeof replicas} ` +
        'into Go struct field ScaleSpec.spec.replicas of type int32',
    );
  }
  if (replicas < 0) {
    const message = `Invalid value: ${replicas}: must be greater than or equal to 0`;
    throw invalid(kind, old.metadata.name, [
      { field: 'spec.replicas', reason: 'FieldValueInvalid', message },
    ]);
  }
  const next = copyJson(old);
  delete next.metadata.managedFields;
  next.spec = { ...(isObject(next.spec) ? next.spec : {}), replicas };
  return next;
}

/** A wish to run a pod on a node. */
export interface PodBinding {
  readonly binding: KubeObject;
  readonly nowMs: number;
  readonly nodeLabels: Readonly<Record<string, string>> | undefined;
}

/** Labels that a pod takes over from its node, so that it may know its zone by the downward API (KEP-4742). */
const TOPOLOGY_LABELS = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region'];

/** A pod bound to the node that a Binding names. */
export function bindPod(
  kind: KindInfo,
  pod: KubeObject,
  { binding, nowMs, nodeLabels = {} }: PodBinding,
): KubeObject {
  const { name } = pod.metadata;
  const node = at(binding, 'target', 'name');
  if (typeof node !== 'string' || node === '') {
    const error = { field: 'target.name', reason: 'FieldValueRequired', message: 'Required value' };
    throw invalid({ kind: 'Binding', group: '' }, name, [error]);
  }
  const subresource = { ...kind, resource: 'pods/binding' };
  if (pod.metadata.deletionTimestamp) {
    throw conflict(subresource, name, `pod ${name} is being deleted, cannot be assigned to a host`);
  }
  const assigned = at(pod, 'spec', 'nodeName');
  if (assigned) {
    throw conflict(subresource, name, `pod ${name} is already assigned to node "${String(assigned)}"`);
  }
  const next = copyJson(pod);
  delete next.metadata.managedFields;
  next.spec = { ...(isObject(next.spec) ? next.spec : {}), nodeName: node };
  const topology = TOPOLOGY_LABELS.flatMap((label) =>
    label in nodeLabels ? [[label, nodeLabels[label]]] : [],
  );
  if (topology.length > 0)
    next.metadata.labels = { ...next.metadata.labels, ...Object.fromEntries(topology) };
  const status = isObject(next.status) ? next.status : {};
  const conditions = Array.isArray(status.conditions) ? status.conditions : [];
  next.status = {
    ...status,
    conditions: [
      ...conditions.filter((condition) => at(condition, 'type') !== 'PodScheduled'),
      { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: kubeTime(nowMs) },
    ],
  };
  return next;
}
