import type { ClusterApi, StoreEvent } from '../../api/store.js';
import {
  type Controller,
  type ControllerContext,
  createController,
  keyOf,
  splitKey,
  watchSelf,
} from '../controller.js';
import type { DeploymentObject, ReplicaSetObject } from '../objects.js';
import { controllerKey, controllerOf } from '../owner.js';
import { matchesSelector } from '../selector.js';
import { reconcileDeployment } from './reconcile.js';

/** Rolls the pods of each Deployment from one template to the next by scaling its ReplicaSets. */
export function createDeploymentController(context: ControllerContext): Controller {
  const { api } = context;
  return createController({
    ...context,
    name: 'deployment',
    watches: [
      watchSelf('deployments'),
      { resource: 'replicasets', keys: (event) => deploymentsOfSet(api, event) },
      { resource: 'pods', keys: (event) => deploymentOfGonePod(api, event) },
    ],
    reconcile(key) {
      const { namespace, name } = splitKey(key);
      const deployment = api.get('deployments', namespace, name) as DeploymentObject | undefined;
      return deployment && reconcileDeployment(context, deployment);
    },
  });
}

/** The owner before and after; for a ReplicaSet without a controller, every Deployment that would adopt it. */
function deploymentsOfSet(api: ClusterApi, { type, object, old }: StoreEvent): Set<string> {
  const keys = new Set<string>();
  for (const form of [object, old]) {
    const key = form && controllerKey(form, 'Deployment');
    if (key) keys.add(key);
  }
  if (!controllerOf(object) && type !== 'DELETED') {
    for (const deployment of api.list(
      'deployments',
      object.metadata.namespace,
    ) as readonly DeploymentObject[]) {
      if (matchesSelector(deployment.spec.selector, object.metadata.labels)) keys.add(keyOf(deployment));
    }
  }
  return keys;
}

/** A Deployment of type Recreate waits for its last old pod to be gone. */
function deploymentOfGonePod(api: ClusterApi, { type, object }: StoreEvent): string[] {
  const setKey = type === 'DELETED' ? controllerKey(object, 'ReplicaSet') : undefined;
  if (!setKey) return [];
  const { namespace, name } = splitKey(setKey);
  const set = api.get('replicasets', namespace, name) as ReplicaSetObject | undefined;
  const key = set && controllerKey(set, 'Deployment');
  return key ? [key] : [];
}
