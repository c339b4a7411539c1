import type { KubeClient, KubeObject, ResourceRef } from '@fairlead/discovery/kubernetes';
import { DEPLOYMENT, NAMESPACE } from './names.js';

/** The demo's Deployment. */
export interface Workload {
  scale(replicas: number): Promise<void>;
  /** What `kubectl rollout restart` does. */
  restart(): Promise<void>;
  /** True when the Deployment is as its spec wants it. */
  settled(): Promise<boolean>;
}

interface DeploymentState {
  readonly metadata: { readonly generation?: number };
  readonly spec: { readonly replicas?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
  };
}

const DEPLOYMENTS: ResourceRef = { group: 'apps', version: 'v1', resource: 'deployments' };
const IN_NAMESPACE = { namespace: NAMESPACE };

export function createWorkload(client: KubeClient): Workload {
  const merge = async (body: object): Promise<void> => {
    await client.patch(DEPLOYMENTS, DEPLOYMENT, body, { ...IN_NAMESPACE, kind: 'merge' });
  };
  return {
    scale: (replicas) => merge({ spec: { replicas } }),
    restart: () => {
      const annotations = { 'kubectl.kubernetes.io/restartedAt': new Date().toISOString() };
      return merge({ spec: { template: { metadata: { annotations } } } });
    },
    async settled() {
      const deployment = await client.get<KubeObject & DeploymentState>(
        DEPLOYMENTS,
        DEPLOYMENT,
        IN_NAMESPACE,
      );
      const { replicas = 1 } = deployment.spec;
      const status = deployment.status ?? {};
      const observed = (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0);
      return (
        observed &&
        [status.replicas, status.updatedReplicas, status.availableReplicas].every((n) => n === replicas)
      );
    },
  };
}
