import type { ClusterApi, StoreEvent } from '../../api/store.js';
import type { KubeObject } from '../../objects.js';
import {
  type Controller,
  type ControllerContext,
  createController,
  isNamespaceTerminating,
  splitKey,
  watchSelf,
} from '../controller.js';
import type { EndpointSliceObject, NodeObject, PodObject, ServiceObject } from '../objects.js';
import { hasSelector, podsOf, servicesOfPod } from '../service-pods.js';
import { reconcileSlices, type SlicePlan } from './reconcile.js';
import { CONTROLLER_NAME, MANAGED_BY_LABEL, SERVICE_NAME_LABEL } from './slice.js';
import { formatTriggerTime, TRIGGER_TIME, TriggerTimes } from './trigger-time.js';

/** Keeps the EndpointSlices of every Service with a selector equal to its pods. */
export function createEndpointSliceController(context: ControllerContext): Controller {
  const { api } = context;
  const times = new TriggerTimes();

  function reconcile(key: string): undefined {
    const { namespace, name } = splitKey(key);
    const service = api.get('services', namespace, name) as ServiceObject | undefined;
    // Slices of a Service that is gone are the garbage collector's.
    if (!service) {
      times.forget(key);
      return;
    }
    if (!hasSelector(service)) return;
    const pods = podsOf(api, service);
    const nodes = new Map(
      (api.list('nodes') as readonly NodeObject[]).map((node): [string, NodeObject] => [
        node.metadata.name,
        node,
      ]),
    );
    const existing = slicesOf(api, service);
    const plan = reconcileSlices({ service, pods, nodes, existing });
    write(api, { service, plan, triggerMs: times.next(key, service, pods) });
    if (plan.withoutNode.length > 0) {
      throw new Error(`pods left out because their node does not exist: ${plan.withoutNode.join(', ')}`);
    }
  }

  return createController({
    ...context,
    name: 'endpointslice',
    // Upstream's delays for slice updates.
    backoff: { baseMs: 1000, maxMs: 1_000_000 },
    watches: [
      watchSelf('services'),
      { resource: 'pods', keys: (event) => servicesOfPod(api, event) },
      { resource: 'endpointslices', keys: servicesOfSlice },
      { resource: 'nodes', keys: (event) => servicesOfNode(api, event) },
    ],
    reconcile,
  });
}

function write(
  api: ClusterApi,
  { service, plan, triggerMs }: { service: ServiceObject; plan: SlicePlan; triggerMs: number | undefined },
): void {
  const stamped = (slice: EndpointSliceObject): EndpointSliceObject => {
    const { [TRIGGER_TIME]: _, ...annotations } = slice.metadata.annotations ?? {};
    if (triggerMs !== undefined) annotations[TRIGGER_TIME] = formatTriggerTime(triggerMs);
    const none = Object.keys(annotations).length === 0;
    return { ...slice, metadata: { ...slice.metadata, annotations: none ? undefined : annotations } };
  };
  try {
    // A Service under deletion gets no new slices: the garbage collector is deleting them at this moment.
    if (!service.metadata.deletionTimestamp) {
      for (const slice of plan.create) api.create('endpointslices', stamped(slice));
    }
  } catch (error) {
    if (isNamespaceTerminating(error)) return;
    throw error;
  }
  for (const slice of plan.update) api.update('endpointslices', stamped(slice));
  for (const { metadata } of plan.delete) {
    api.delete('endpointslices', metadata.namespace, metadata.name, { uid: metadata.uid });
  }
}

function slicesOf(api: ClusterApi, { metadata }: ServiceObject): EndpointSliceObject[] {
  const slices = api.list('endpointslices', metadata.namespace) as readonly EndpointSliceObject[];
  return slices.filter(
    (slice) => isManaged(slice) && serviceName(slice) === metadata.name && !slice.metadata.deletionTimestamp,
  );
}

function servicesOfSlice({ object }: StoreEvent): string[] {
  const service = serviceName(object);
  return service && isManaged(object) ? [`${object.metadata.namespace ?? ''}/${service}`] : [];
}

/** A node's zone is part of its endpoints; heartbeats are not. */
function servicesOfNode(api: ClusterApi, { type, object, old }: StoreEvent): Set<string> {
  const keys = new Set<string>();
  const zone = 'topology.kubernetes.io/zone';
  if (type === 'MODIFIED' && object.metadata.labels?.[zone] === old?.metadata.labels?.[zone]) return keys;
  for (const pod of api.list('pods') as readonly PodObject[]) {
    if (pod.spec.nodeName !== object.metadata.name) continue;
    for (const key of servicesOfPod(api, { object: pod })) keys.add(key);
  }
  return keys;
}

function isManaged(slice: KubeObject): boolean {
  return slice.metadata.labels?.[MANAGED_BY_LABEL] === CONTROLLER_NAME;
}

function serviceName(slice: KubeObject): string | undefined {
  return slice.metadata.labels?.[SERVICE_NAME_LABEL];
}
