import type { KubeObject, LabelSelector } from '../../objects.js';
import type { PodTemplate } from './pod-types.js';

/** The fields of a Deployment or ReplicaSet that the API server itself reads. */
export interface Workload extends KubeObject {
  spec?: WorkloadSpec;
  status?: {
    replicas?: number;
    readyReplicas?: number;
    updatedReplicas?: number;
    availableReplicas?: number;
  };
}

/** How many pods of which kind, and how they are replaced. */
export interface WorkloadSpec {
  replicas?: number;
  minReadySeconds?: number;
  revisionHistoryLimit?: number;
  progressDeadlineSeconds?: number;
  paused?: boolean;
  selector?: LabelSelector;
  template?: PodTemplate;
  strategy?: {
    type?: string;
    rollingUpdate?: { maxSurge?: number | string; maxUnavailable?: number | string };
  };
}
