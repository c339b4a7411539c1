import type { KubeObject, LabelSelector } from '../../objects.js';

/** The fields of a PodDisruptionBudget that the API server itself reads. */
export interface DisruptionBudget extends KubeObject {
  spec?: DisruptionBudgetSpec;
  status?: DisruptionBudgetStatus;
}

/** How many of which pods must stay. */
export interface DisruptionBudgetSpec {
  minAvailable?: number | string;
  maxUnavailable?: number | string;
  selector?: LabelSelector;
  unhealthyPodEvictionPolicy?: string;
}

/** How many evictions the budget allows now, and why. */
export interface DisruptionBudgetStatus {
  observedGeneration?: number;
  /** Pods whose eviction is granted and that the controller has not seen to be going yet, with the time. */
  disruptedPods?: Record<string, string>;
  disruptionsAllowed?: number;
  currentHealthy?: number;
  desiredHealthy?: number;
  expectedPods?: number;
  conditions?: DisruptionCondition[];
}

/** A `metav1.Condition`. */
export interface DisruptionCondition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason: string;
  message: string;
  lastTransitionTime: string;
  observedGeneration?: number;
}
