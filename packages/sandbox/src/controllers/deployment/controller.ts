import type { ClusterApi, StoreEvent } from '../../api/store.js';
import {
  type Controller,
  type ControllerContext,
  createController,
  splitKey,
  watchSelf,
} from '../controller.js';
import type { DeploymentObject, ReplicaSetObject } from '../objects.js';
import { ownersOf } from '../owned.js';
import { controllerKey } from '../owner.js';
import { reconcileDeployment } from './reconcile.js';

const OWNER = { resource: 'deployments', kind: 'Deployment' };

/** Rolls the pods of each Deployment from one template to the next by scaling its ReplicaSets. */
export function createDeploymentController(context: ControllerContext): Controller {
  const { api } = context;
  return createController({
    ...context,
    name: 'deployment',
    watches: [
      watchSelf('deployments'),
      { resource: 'replicasets', keys: (event) => ownersOf(api, OWNER, event) },
      { resource: 'pods', keys: (event) => deploymentOfGonePod(api, event) },
    ],
    reconcile(key) {
      const { namespace, name } = splitKey(key);
      const deployment = api.get('deployments', namespace, name) as DeploymentObject | undefined;
      return deployment && reconcileDeployment(context, deployment);
    },
  });
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
