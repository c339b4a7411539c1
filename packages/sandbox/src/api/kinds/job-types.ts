import type { KubeObject, LabelSelector, ObjectMeta } from '../../objects.js';
import type { PodTemplate } from './pod-types.js';

/** The fields of a Job that the API server itself reads. */
export interface Job extends KubeObject {
  spec?: JobSpec;
  status?: {
    succeeded?: number;
    startTime?: string;
    completionTime?: string;
    conditions?: { type: string; status: string }[];
  };
}

/** How many pods must succeed, and what happens when they do not. */
export interface JobSpec {
  parallelism?: number;
  completions?: number;
  completionMode?: string;
  backoffLimit?: number;
  activeDeadlineSeconds?: number;
  ttlSecondsAfterFinished?: number;
  suspend?: boolean;
  selector?: LabelSelector;
  manualSelector?: boolean;
  template?: PodTemplate;
  podReplacementPolicy?: string;
  podFailurePolicy?: object;
  successPolicy?: object;
  backoffLimitPerIndex?: number;
  maxFailedIndexes?: number;
}

/** The fields of a CronJob that the API server itself reads. */
export interface CronJob extends KubeObject {
  spec?: CronJobSpec;
  status?: { active?: object[]; lastScheduleTime?: string };
}

/** When which Job is made. */
export interface CronJobSpec {
  schedule?: string;
  timeZone?: string;
  startingDeadlineSeconds?: number;
  concurrencyPolicy?: string;
  suspend?: boolean;
  jobTemplate?: { metadata?: Partial<ObjectMeta>; spec?: JobSpec };
  successfulJobsHistoryLimit?: number;
  failedJobsHistoryLimit?: number;
}
