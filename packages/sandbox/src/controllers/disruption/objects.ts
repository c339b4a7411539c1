import type { KubeObject, LabelSelector } from '../../objects.js';

/** A `metav1.Condition`, which unlike others always has a reason and a message. */
export interface BudgetCondition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason: string;
  message: string;
  lastTransitionTime: string;
  observedGeneration?: number;
}

export interface BudgetStatus {
  observedGeneration?: number;
  /** Pods whose eviction is granted and that are not going yet, with the time of the grant. */
  disruptedPods?: Record<string, string>;
  disruptionsAllowed: number;
  currentHealthy: number;
  desiredHealthy: number;
  expectedPods: number;
  conditions?: BudgetCondition[];
}

export interface BudgetObject extends KubeObject {
  spec: {
    minAvailable?: number | string;
    maxUnavailable?: number | string;
    selector?: LabelSelector;
  };
  status?: BudgetStatus;
}
