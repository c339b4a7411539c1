import type { KubeObject, LabelSelector } from '../../objects.js';

/** The fields of a HorizontalPodAutoscaler (`autoscaling/v2`) that the API server itself reads. */
export interface Autoscaler extends KubeObject {
  spec?: AutoscalerSpec;
  status?: AutoscalerStatus;
}

export interface AutoscalerSpec {
  scaleTargetRef?: ObjectReference;
  minReplicas?: number;
  maxReplicas?: number;
  metrics?: MetricSpec[];
  behavior?: { scaleUp?: ScalingRules; scaleDown?: ScalingRules };
}

export interface ObjectReference {
  kind?: string;
  name?: string;
  apiVersion?: string;
}

/** One metric; `type` says which of the sources it has. */
export interface MetricSpec {
  type?: string;
  resource?: ResourceSource;
  containerResource?: ResourceSource & { container?: string };
  pods?: MetricSource;
  object?: MetricSource & { describedObject?: ObjectReference };
  external?: MetricSource;
}

export interface ResourceSource {
  name?: string;
  target?: MetricTarget;
}

export interface MetricSource {
  metric?: { name?: string; selector?: LabelSelector };
  target?: MetricTarget;
}

export interface MetricTarget {
  type?: string;
  value?: string;
  averageValue?: string;
  averageUtilization?: number;
}

/** How fast one direction may go. */
export interface ScalingRules {
  stabilizationWindowSeconds?: number;
  selectPolicy?: string;
  policies?: { type?: string; value?: number; periodSeconds?: number }[];
  tolerance?: string;
}

export interface AutoscalerStatus {
  currentReplicas?: number;
  desiredReplicas?: number;
  lastScaleTime?: string;
  observedGeneration?: number;
  currentMetrics?: MetricStatus[];
}

interface Current {
  current?: { averageValue?: string; averageUtilization?: number; value?: string };
}

/** What one metric was at the last look. */
export interface MetricStatus {
  type?: string;
  resource?: Current & { name?: string };
  containerResource?: Current & { name?: string; container?: string };
  pods?: Current;
  object?: Current;
  external?: Current;
}
