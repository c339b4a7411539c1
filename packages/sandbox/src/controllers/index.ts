import type { KindInfo } from '../api/kinds.js';
import { type AutoscalerOptions, createAutoscaler } from './autoscaler/controller.js';
import type { MetricSource } from './autoscaler/metric-source.js';
import type { Controller, ControllerContext } from './controller.js';
import { createCronJobController } from './cronjob/controller.js';
import { createDaemonSetController } from './daemonset/controller.js';
import { createDeploymentController } from './deployment/controller.js';
import { createDisruptionController } from './disruption/controller.js';
import { createEndpointsController } from './endpoints/controller.js';
import { createEndpointSliceController } from './endpointslice/controller.js';
import { createEventExpiry } from './event-expiry.js';
import { createGarbageCollector } from './garbage-collector/controller.js';
import { createJobController } from './job/controller.js';
import { createLoadBalancerController } from './load-balancer.js';
import { createMirroringController } from './mirroring/controller.js';
import { createNamespaceController } from './namespace.js';
import { createNodeLifecycleController, type NodeLifecycleOptions } from './node-lifecycle.js';
import { createPodGc, type PodGcOptions } from './pod-gc.js';
import { createReplicaSetController } from './replicaset/controller.js';
import { createScheduler } from './scheduler/scheduler.js';
import { createServiceAccountController } from './service-account.js';
import { createStatefulSetController } from './statefulset/controller.js';
import { createTaintManager } from './taint-manager.js';

/** Options of the control plane's loops. */
interface ControllersOptions extends ControllerContext {
  /** Every kind that the API serves: namespace deletion and garbage collection go over all of them. */
  readonly kinds: readonly KindInfo[];
  /** The cluster's CA certificate, published in every namespace as ConfigMap `kube-root-ca.crt`. */
  readonly caPem: string;
  /** Where autoscalers read metrics. Default: nowhere, and nothing is scaled. */
  readonly metrics?: MetricSource;
  /** Times of the autoscaler. */
  readonly autoscaler?: AutoscalerOptions;
  /** Addresses of load balancers, an IPv4 CIDR. */
  readonly balancerRange: string;
  /** Times of the node lifecycle controller; defaults as upstream. */
  readonly nodeLifecycle?: NodeLifecycleOptions;
  /** Times of the pod garbage collector; defaults as upstream. */
  readonly podGc?: PodGcOptions;
}

/** Starts scheduler and controllers; `close` ends them all. */
export function startControllers(options: ControllersOptions): { close(): void } {
  const { api, clock, logger, random, kinds } = options;
  const context: ControllerContext = { api, clock, logger, random };
  const controllers: Controller[] = [
    createDeploymentController(context),
    createReplicaSetController(context),
    createStatefulSetController(context),
    createDaemonSetController(context),
    createJobController(context),
    createCronJobController(context),
    createEndpointSliceController(context),
    createDisruptionController(context, kinds),
    createEndpointsController(context),
    createMirroringController(context),
    createLoadBalancerController(context, options.balancerRange),
    createScheduler(context),
    createServiceAccountController(context, options.caPem),
    createNamespaceController(context, kinds),
    createGarbageCollector(context, kinds),
    createNodeLifecycleController(context, options.nodeLifecycle),
    createPodGc(context, options.podGc),
    createTaintManager(context),
    createEventExpiry(context),
    ...(options.metrics
      ? [createAutoscaler({ ...context, kinds, metrics: options.metrics }, options.autoscaler)]
      : []),
  ];
  return {
    close() {
      for (const controller of controllers) controller.close();
    },
  };
}
