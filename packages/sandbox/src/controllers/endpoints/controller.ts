import {
  type Controller,
  type ControllerContext,
  createController,
  isNamespaceTerminating,
  keyOf,
  splitKey,
  watchSelf,
} from '../controller.js';
import { TriggerTimes } from '../endpointslice/trigger-time.js';
import type { EndpointsObject, ServiceObject } from '../objects.js';
import { hasSelector, podsOf, servicesOfPod } from '../service-pods.js';
import { wantedEndpoints } from './endpoints.js';
import { Pace } from './pace.js';
import { subsetsOf } from './subsets.js';

/**
 * Keeps one Endpoints object, the old form of slices, for every Service with a selector, and ends it with its Service.
 * Those of Services without a selector are written by hand.
 */
export function createEndpointsController(context: ControllerContext): Controller {
  const { api, clock } = context;
  const times = new TriggerTimes();
  const pace = new Pace();

  function reconcile(key: string): number | undefined {
    const { namespace, name } = splitKey(key);
    const service = api.get('services', namespace, name) as ServiceObject | undefined;
    if (!service) {
      times.forget(key);
      pace.forget(key);
      api.delete('endpoints', namespace, name);
      return undefined;
    }
    if (!hasSelector(service)) return undefined;
    const waitMs = pace.waitMs(key, clock.now());
    if (waitMs > 0) return waitMs;
    const pods = podsOf(api, service);
    pace.took(key, pods.length, clock.now());
    const current = api.get('endpoints', namespace, name) as EndpointsObject | undefined;
    const triggerMs = times.next(key, service, pods);
    const wanted = wantedEndpoints(service, subsetsOf(service, pods), { current, triggerMs });
    if (wanted && current) api.update('endpoints', wanted);
    else if (wanted) create(wanted);
    return undefined;
  }

  function create(endpoints: EndpointsObject): void {
    try {
      api.create('endpoints', endpoints);
    } catch (error) {
      if (!isNamespaceTerminating(error)) throw error;
    }
  }

  return createController({
    ...context,
    name: 'endpoints',
    watches: [
      watchSelf('services'),
      { resource: 'pods', keys: (event) => servicesOfPod(api, event) },
      // What somebody writes into an object stays until the pods change, as upstream; one that goes comes back.
      { resource: 'endpoints', keys: ({ type, object }) => (type === 'DELETED' ? [keyOf(object)] : []) },
    ],
    reconcile,
  });
}
