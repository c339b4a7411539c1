import type { KubeObject } from '../../objects.js';
import type { KindInfo, TableSpec } from '../kinds.js';
import { AGE, column, NAME, wide } from './columns.js';
import { humanDuration, since } from './duration.js';
import type { CronJob, Job } from './job-types.js';
import { validateCronJob, validateJob } from './job-validation.js';
import { selectorText } from './label-text.js';
import { containerCells, defaultTemplate } from './template.js';
import { STORED_VERBS } from './verbs.js';

/** Conditions that are shown as the Job's status, the first that is True. */
const SHOWN_STATUS: readonly (readonly [type: string, word: string])[] = [
  ['Complete', 'Complete'],
  ['Failed', 'Failed'],
  ['', 'Terminating'],
  ['Suspended', 'Suspended'],
  ['FailureTarget', 'FailureTarget'],
  ['SuccessCriteriaMet', 'SuccessCriteriaMet'],
];

/** Jobs and CronJobs. */
export const JOB_KINDS: readonly KindInfo[] = [
  {
    kind: 'Job',
    resource: 'jobs',
    singular: 'job',
    shortNames: [],
    categories: ['all'],
    group: 'batch',
    version: 'v1',
    namespaced: true,
    verbs: STORED_VERBS,
    subresources: ['status'],
    setDefaults: defaultJob,
    prepareCreate: generateSelector,
    validate: validateJob,
    table: jobTable(),
  },
  {
    kind: 'CronJob',
    resource: 'cronjobs',
    singular: 'cronjob',
    shortNames: ['cj'],
    categories: ['all'],
    group: 'batch',
    version: 'v1',
    namespaced: true,
    verbs: STORED_VERBS,
    subresources: ['status'],
    setDefaults: defaultCronJob,
    validate: validateCronJob,
    table: cronJobTable(),
  },
];

function defaultJob(object: KubeObject): void {
  const job: Job = object;
  job.spec ??= {};
  const { spec } = job;
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  spec.parallelism ??= 1;
  spec.backoffLimit ??= 6;
  spec.completionMode ??= 'NonIndexed';
  spec.suspend ??= false;
  spec.podReplacementPolicy ??= 'TerminatingOrFailed';
  spec.manualSelector ??= false;
  defaultTemplate(spec);
  const { labels } = spec.template?.metadata ?? {};
  if (labels && Object.keys(job.metadata.labels ?? {}).length === 0) job.metadata.labels = { ...labels };
  job.status ??= {};
}

/** Labels and a selector by which the pods of two Jobs are never mistaken for each other. */
function generateSelector(object: KubeObject): void {
  const job: Job = object;
  const { metadata, spec = {} } = job;
  if (spec.manualSelector) return;
  const own = {
    'batch.kubernetes.io/controller-uid': metadata.uid ?? '',
    'batch.kubernetes.io/job-name': metadata.name,
    'controller-uid': metadata.uid ?? '',
    'job-name': metadata.name,
  };
  spec.template ??= {};
  spec.template.metadata = {
    ...spec.template.metadata,
    labels: { ...own, ...spec.template.metadata?.labels },
  };
  const uid = 'batch.kubernetes.io/controller-uid';
  spec.selector = {
    ...spec.selector,
    matchLabels: { [uid]: metadata.uid ?? '', ...spec.selector?.matchLabels },
  };
  // Upstream fills in labels whenever a Job is read, and then the template has some.
  defaultJob(job);
}

function defaultCronJob(object: KubeObject): void {
  const cronJob: CronJob = object;
  cronJob.spec ??= {};
  const { spec } = cronJob;
  spec.concurrencyPolicy ||= 'Allow';
  spec.suspend ??= false;
  spec.successfulJobsHistoryLimit ??= 3;
  spec.failedJobsHistoryLimit ??= 1;
  spec.jobTemplate ??= {};
  spec.jobTemplate.metadata ??= {};
  spec.jobTemplate.spec ??= {};
  // The rest of the Job is filled in when it is made.
  defaultTemplate(spec.jobTemplate.spec);
  cronJob.status ??= {};
}

function jobTable(): TableSpec {
  return {
    columns: [
      NAME,
      column('Status'),
      column('Completions'),
      column('Duration'),
      AGE,
      wide('Containers'),
      wide('Images'),
      wide('Selector'),
    ],
    cells(object, nowMs) {
      const job: Job = object;
      const { metadata, spec = {} } = job;
      return [
        metadata.name,
        statusOf(job),
        completionsOf(job),
        durationOf(job, nowMs),
        since(metadata.creationTimestamp, nowMs),
        ...containerCells(spec.template),
        selectorText(spec.selector),
      ];
    },
  };
}

function statusOf({ metadata, status = {} }: Job): string {
  const holds = (type: string): boolean =>
    status.conditions?.some((each) => each.type === type && each.status === 'True') ?? false;
  const shown = SHOWN_STATUS.find(([type]) => (type === '' ? metadata.deletionTimestamp : holds(type)));
  return shown?.[1] ?? 'Running';
}

function completionsOf({ spec = {}, status = {} }: Job): string {
  const { completions, parallelism = 0 } = spec;
  const done = status.succeeded ?? 0;
  if (completions !== undefined) return `${done}/${completions}`;
  return parallelism > 1 ? `${done}/1 of ${parallelism}` : `${done}/1`;
}

function durationOf({ status = {} }: Job, nowMs: number): string {
  if (!status.startTime) return '';
  const endMs = status.completionTime ? Date.parse(status.completionTime) : nowMs;
  return humanDuration(endMs - Date.parse(status.startTime));
}

function cronJobTable(): TableSpec {
  return {
    columns: [
      NAME,
      column('Schedule'),
      column('Timezone'),
      column('Suspend', 'boolean'),
      column('Active', 'integer'),
      column('Last Schedule'),
      AGE,
      wide('Containers'),
      wide('Images'),
      wide('Selector'),
    ],
    cells(object, nowMs) {
      const { metadata, spec = {}, status = {} }: CronJob = object;
      const { lastScheduleTime } = status;
      return [
        metadata.name,
        spec.schedule ?? '',
        spec.timeZone ?? '<none>',
        spec.suspend ? 'True' : 'False',
        status.active?.length ?? 0,
        lastScheduleTime ? since(lastScheduleTime, nowMs) : '<none>',
        since(metadata.creationTimestamp, nowMs),
        ...containerCells(spec.jobTemplate?.spec?.template),
        selectorText(spec.jobTemplate?.spec?.selector),
      ];
    },
  };
}
