import type { StoreEvent } from '../../api/store.js';
import type { KubeObject } from '../../objects.js';
import {
  type Controller,
  type ControllerContext,
  createController,
  isNamespaceTerminating,
  keyOf,
  splitKey,
} from '../controller.js';
import { SERVICE_NAME_LABEL } from '../endpointslice/slice.js';
import { recordEvent } from '../events.js';
import type { EndpointSliceObject, EndpointsObject, ServiceObject } from '../objects.js';
import { MAX_PER_SUBSET, type MirrorPlan, mirror } from './mirror.js';
import { isMirrored } from './slice.js';

const COMPONENT = 'endpoint-slice-mirroring-controller';
const SKIP_LABEL = 'endpointslice.kubernetes.io/skip-mirror';
/** Old leader elections keep their record in an Endpoints object that no Service has. */
const LEADER = 'control-plane.alpha.kubernetes.io/leader';

/**
 * Keeps EndpointSlices that say the same as the Endpoints that somebody writes by hand for a Service without a selector,
 * so that DNS, the service proxy and clients, who read slices alone, know them.
 */
export function createMirroringController(context: ControllerContext): Controller {
  const { api } = context;

  function mirroredSlices(namespace: string | undefined, service: string): EndpointSliceObject[] {
    const slices = api.list('endpointslices', namespace) as readonly EndpointSliceObject[];
    return slices.filter((slice) => isMirrored(slice) && serviceName(slice) === service);
  }

  function reconcile(key: string): undefined {
    const { namespace, name } = splitKey(key);
    const endpoints = api.get('endpoints', namespace, name) as EndpointsObject | undefined;
    const service = api.get('services', namespace, name) as ServiceObject | undefined;
    const existing = mirroredSlices(namespace, name);
    if (!endpoints || !service || !isForMirror(endpoints) || selects(service)) {
      for (const slice of existing) remove(slice);
      return;
    }
    const plan = mirror(endpoints, existing);
    if (plan.skipped > 0) {
      const message = `A max of ${MAX_PER_SUBSET} addresses can be mirrored to EndpointSlices per Endpoints subset. ${plan.skipped} addresses were skipped`;
      const about = {
        about: endpoints,
        type: 'Warning',
        reason: 'TooManyAddressesToMirror',
        message,
      } as const;
      recordEvent(context, COMPONENT, about);
    }
    write(endpoints, plan);
  }

  function write(endpoints: EndpointsObject, plan: MirrorPlan): void {
    try {
      if (!endpoints.metadata.deletionTimestamp) {
        for (const slice of plan.create) api.create('endpointslices', slice);
      }
    } catch (error) {
      if (isNamespaceTerminating(error)) return;
      throw error;
    }
    for (const slice of plan.update) api.update('endpointslices', slice);
    for (const slice of plan.delete) remove(slice);
  }

  function remove({ metadata: { namespace, name, uid } }: KubeObject): void {
    api.delete('endpointslices', namespace, name, uid === undefined ? {} : { uid });
  }

  /** Endpoints of a Service with a selector are another controller's, and they change often. */
  function keysOfEndpoints({ object, old }: StoreEvent): string[] {
    const { namespace, name } = object.metadata;
    const service = api.get('services', namespace, name) as ServiceObject | undefined;
    const concerned = isForMirror(object) || (old !== undefined && isForMirror(old));
    return concerned && !(service && selects(service)) ? [keyOf(object)] : [];
  }

  return createController({
    ...context,
    name: 'endpointslice-mirroring',
    // Upstream's delays.
    backoff: { baseMs: 1000, maxMs: 100_000 },
    watches: [
      { resource: 'endpoints', keys: keysOfEndpoints },
      { resource: 'services', keys: keysOfService },
      { resource: 'endpointslices', keys: keysOfSlice },
    ],
    reconcile,
  });
}

function isForMirror({ metadata: { labels, annotations } }: KubeObject): boolean {
  return labels?.[SKIP_LABEL] !== 'true' && annotations?.[LEADER] === undefined;
}

function selects({ spec }: ServiceObject): boolean {
  return Object.keys(spec.selector ?? {}).length > 0;
}

/** A Service matters while it has no selector, and when it gets one or loses it. */
function keysOfService({ type, object, old }: StoreEvent): string[] {
  const before = old === undefined ? undefined : selects(old as ServiceObject);
  const now = selects(object as ServiceObject);
  const matters = type === 'MODIFIED' ? before !== now : !now;
  return matters ? [keyOf(object)] : [];
}

function keysOfSlice({ object, old }: StoreEvent): string[] {
  const keys = [object, ...(old ? [old] : [])].filter(isMirrored).map((slice) => {
    return `${slice.metadata.namespace ?? ''}/${serviceName(slice) ?? ''}`;
  });
  return [...new Set(keys)];
}

function serviceName(slice: KubeObject): string | undefined {
  return slice.metadata.labels?.[SERVICE_NAME_LABEL];
}
