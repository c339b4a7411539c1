import type { KubeObject } from '../../objects.js';
import type { FieldError } from '../kinds.js';
import { equalJson } from '../storage/json.js';
import { isTimeZone, parseSchedule } from './cron-schedule.js';
import { forbidden, invalid, nonnegative, notSupported, required } from './field-errors.js';
import type { CronJob, CronJobSpec, Job, JobSpec } from './job-types.js';
import { validateMetadata, validateSelector } from './metadata.js';
import { dns1123Label, dns1123Subdomain } from './names.js';
import { selects, validatePodTemplate, validateTemplateLabels } from './template-validation.js';

const MODES = ['NonIndexed', 'Indexed'];
const REPLACEMENTS = ['Failed', 'TerminatingOrFailed'];
const CONCURRENCY = ['Allow', 'Forbid', 'Replace'];
const RESTARTS = ['OnFailure', 'Never'];
const MAX_INDEXED_PARALLELISM = 100_000;
/** The controller puts eleven characters behind a CronJob's name. */
const MAX_CRON_JOB_NAME = 52;
/** Parts of upstream that change how failures count; a Job that relies on them would not do here what it does there. */
const NOT_SERVED = ['podFailurePolicy', 'successPolicy', 'backoffLimitPerIndex', 'maxFailedIndexes'] as const;
const IMMUTABLE = ['selector', 'template', 'completionMode'] as const;

/** Checks a Job. */
export function validateJob(object: KubeObject, old?: KubeObject): FieldError[] {
  const job: Job = object;
  const before: Job | undefined = old;
  const { spec = {} } = job;
  const errors = validateMetadata(job, { name: dns1123Subdomain, namespaced: true });
  if (before !== undefined && equalJson(spec, before.spec)) return errors;
  if (before === undefined) errors.push(...validateGenerated(job));
  errors.push(...validateJobSpec('spec', spec));
  if (spec.selector === undefined) errors.push(required('spec.selector'));
  else errors.push(...validateSelector('spec.selector', spec.selector));
  errors.push(...validateTemplateLabels(spec.selector, spec.template));
  return before === undefined
    ? [...errors, ...validateHostname(job)]
    : [...errors, ...validateChange(spec, before.spec ?? {})];
}

/** The labels and the selector that keep the pods of two Jobs apart must be those that the server makes. */
function validateGenerated({ metadata, spec = {} }: Job): FieldError[] {
  if (spec.manualSelector || spec.selector === undefined) return [];
  const { labels = {} } = spec.template?.metadata ?? {};
  const expected: Record<string, string> = {
    'controller-uid': metadata.uid ?? '',
    'job-name': metadata.name,
    'batch.kubernetes.io/controller-uid': metadata.uid ?? '',
    'batch.kubernetes.io/job-name': metadata.name,
  };
  const errors = Object.entries(expected).flatMap(([key, value]) =>
    labels[key] === value
      ? []
      : [invalid('spec.template.metadata.labels', labels, `must have the label ${key}=${value}`)],
  );
  if (!selects(spec.selector, expected)) {
    errors.push(invalid('spec.selector', spec.selector, '`selector` not auto-generated'));
  }
  return errors;
}

/** Pods of an Indexed Job have host names with their index. */
function validateHostname({ metadata, spec = {} }: Job): FieldError[] {
  if (spec.completionMode !== 'Indexed' || !spec.completions) return [];
  const longest = `${metadata.name}-${spec.completions - 1}`;
  if (dns1123Label(longest).length === 0) return [];
  const detail = `will not able to create pod with invalid DNS label: ${longest}`;
  return [invalid('metadata.name', metadata.name, detail)];
}

function validateChange(spec: JobSpec, old: JobSpec): FieldError[] {
  const errors: FieldError[] = [];
  if (!equalJson(spec.completions, old.completions)) {
    const field = 'spec.completions';
    if (spec.completionMode !== 'Indexed') {
      errors.push(invalid(field, spec.completions ?? null, 'field is immutable'));
    } else if (spec.completions !== spec.parallelism) {
      errors.push(
        invalid(field, spec.completions ?? null, 'can only be modified in tandem with spec.parallelism'),
      );
    }
  }
  for (const key of IMMUTABLE) {
    if (equalJson(spec[key], old[key])) continue;
    errors.push(invalid(`spec.${key}`, spec[key] ?? null, 'field is immutable'));
  }
  return errors;
}

function validateJobSpec(field: string, spec: JobSpec): FieldError[] {
  const { parallelism, completions, completionMode, template, podReplacementPolicy } = spec;
  const errors = [
    ...nonnegative(`${field}.parallelism`, parallelism),
    ...nonnegative(`${field}.completions`, completions),
    ...nonnegative(`${field}.activeDeadlineSeconds`, spec.activeDeadlineSeconds),
    ...nonnegative(`${field}.backoffLimit`, spec.backoffLimit),
    ...nonnegative(`${field}.ttlSecondsAfterFinished`, spec.ttlSecondsAfterFinished),
  ];
  // Inside a CronJob both are unset: they are filled in when the Job is made.
  if (completionMode !== undefined && !MODES.includes(completionMode)) {
    errors.push(notSupported(`${field}.completionMode`, completionMode, MODES));
  } else if (completionMode === 'Indexed') {
    if (completions === undefined) {
      errors.push(required(`${field}.completions`, 'when completion mode is Indexed'));
    }
    if ((parallelism ?? 0) > MAX_INDEXED_PARALLELISM) {
      const detail = `must be less than or equal to ${MAX_INDEXED_PARALLELISM} when completion mode is Indexed`;
      errors.push(invalid(`${field}.parallelism`, parallelism, detail));
    }
  }
  for (const key of NOT_SERVED) {
    if (spec[key] === undefined) continue;
    errors.push(forbidden(`${field}.${key}`, 'this cluster does not serve it'));
  }
  if (podReplacementPolicy !== undefined && !REPLACEMENTS.includes(podReplacementPolicy)) {
    errors.push(notSupported(`${field}.podReplacementPolicy`, podReplacementPolicy, REPLACEMENTS));
  }
  errors.push(...validatePodTemplate(`${field}.template`, template));
  const { restartPolicy = '' } = template?.spec ?? {};
  const at = `${field}.template.spec.restartPolicy`;
  if (restartPolicy === '' || restartPolicy === 'Always') {
    errors.push(required(at, 'valid values: "OnFailure", "Never"'));
  } else if (!RESTARTS.includes(restartPolicy)) {
    errors.push(notSupported(at, restartPolicy, RESTARTS));
  }
  return errors;
}

/** Checks a CronJob. */
export function validateCronJob(object: KubeObject, old?: KubeObject): FieldError[] {
  const cronJob: CronJob = object;
  const before: CronJob | undefined = old;
  const { metadata, spec = {} } = cronJob;
  const errors = validateMetadata(cronJob, { name: dns1123Subdomain, namespaced: true });
  if (before !== undefined && equalJson(spec, before.spec)) return errors;
  errors.push(...validateSchedule(spec));
  errors.push(...nonnegative('spec.startingDeadlineSeconds', spec.startingDeadlineSeconds));
  errors.push(...validateTimeZone(spec.timeZone));
  const { concurrencyPolicy = '', jobTemplate } = spec;
  if (!CONCURRENCY.includes(concurrencyPolicy)) {
    errors.push(notSupported('spec.concurrencyPolicy', concurrencyPolicy, CONCURRENCY));
  }
  errors.push(...validateJobSpec('spec.jobTemplate.spec', jobTemplate?.spec ?? {}));
  const { selector } = jobTemplate?.spec ?? {};
  if (selector !== undefined) {
    errors.push(invalid('spec.jobTemplate.spec.selector', selector, '`selector` will be auto-generated'));
  }
  if (jobTemplate?.spec?.manualSelector) {
    errors.push(notSupported('spec.jobTemplate.spec.manualSelector', true, ['nil', 'false']));
  }
  errors.push(
    ...nonnegative('spec.successfulJobsHistoryLimit', spec.successfulJobsHistoryLimit),
    ...nonnegative('spec.failedJobsHistoryLimit', spec.failedJobsHistoryLimit),
  );
  if (before === undefined && metadata.name.length > MAX_CRON_JOB_NAME) {
    errors.push(invalid('metadata.name', metadata.name, 'must be no more than 52 characters'));
  }
  return errors;
}

function validateSchedule({ schedule = '' }: CronJobSpec): FieldError[] {
  const field = 'spec.schedule';
  if (schedule === '') return [required(field)];
  if (schedule.includes('TZ')) {
    return [invalid(field, schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead')];
  }
  try {
    parseSchedule(schedule);
    return [];
  } catch (error) {
    return [invalid(field, schedule, error instanceof Error ? error.message : String(error))];
  }
}

function validateTimeZone(timeZone: string | undefined): FieldError[] {
  const field = 'spec.timeZone';
  if (timeZone === undefined) return [];
  if (timeZone === '') return [invalid(field, timeZone, 'timeZone must be nil or non-empty string')];
  if (timeZone.toLowerCase() === 'local') {
    const detail = 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones';
    return [invalid(field, timeZone, detail)];
  }
  return isTimeZone(timeZone) ? [] : [invalid(field, timeZone, `unknown time zone ${timeZone}`)];
}
