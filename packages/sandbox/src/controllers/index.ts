import type { KindInfo } from '../api/kinds.js';
import type { Controller, ControllerContext } from './controller.js';
import { createDeploymentController } from './deployment/controller.js';
import { createEndpointSliceController } from './endpointslice/controller.js';
import { createReplicaSetController } from './replicaset/controller.js';
import { createScheduler } from './scheduler/scheduler.js';

/** Options of the control plane's loops. */
export interface ControllersOptions extends ControllerContext {
  /** Every kind that the API serves: namespace deletion and garbage collection go over all of them. */
  readonly kinds: readonly KindInfo[];
  /** The cluster's CA certificate, published in every namespace as ConfigMap `kube-root-ca.crt`. */
  readonly caPem: string;
}

/** Starts scheduler and controllers; `close` ends them all. */
export function startControllers(options: ControllersOptions): { close(): void } {
  const { api, clock, logger, random } = options;
  const context: ControllerContext = { api, clock, logger, random };
  const controllers: Controller[] = [
    createDeploymentController(context),
    createReplicaSetController(context),
    createEndpointSliceController(context),
    createScheduler(context),
  ];
  return {
    close() {
      for (const controller of controllers) controller.close();
    },
  };
}
