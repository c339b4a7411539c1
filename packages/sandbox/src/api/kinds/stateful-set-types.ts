import type { KubeObject, LabelSelector, ObjectMeta } from '../../objects.js';
import type { PodTemplate } from './pod-types.js';

/** The fields of a StatefulSet that the API server itself reads. */
export interface StatefulSet extends KubeObject {
  spec?: StatefulSetSpec;
  status?: { replicas?: number; readyReplicas?: number; availableReplicas?: number };
}

/** How many pods with names of their own, and how they are replaced. */
export interface StatefulSetSpec {
  replicas?: number;
  serviceName?: string;
  minReadySeconds?: number;
  revisionHistoryLimit?: number;
  podManagementPolicy?: string;
  ordinals?: { start?: number };
  selector?: LabelSelector;
  template?: PodTemplate;
  updateStrategy?: {
    type?: string;
    rollingUpdate?: { partition?: number; maxUnavailable?: number | string | undefined };
  };
  persistentVolumeClaimRetentionPolicy?: { whenDeleted?: string; whenScaled?: string };
  volumeClaimTemplates?: VolumeClaimTemplate[];
}

/** What upstream makes a claim of storage from, for each pod. */
export interface VolumeClaimTemplate {
  apiVersion?: string;
  kind?: string;
  metadata?: Partial<ObjectMeta>;
  spec?: {
    accessModes?: string[];
    resources?: { requests?: Record<string, string> };
    volumeMode?: string;
  };
  status?: { phase?: string };
}
