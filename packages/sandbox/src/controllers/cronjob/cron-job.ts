import type { Schedule } from '../../api/kinds/cron-schedule.js';
import { copyJson } from '../../api/storage/json.js';
import type { KubeObject, ObjectMeta } from '../../objects.js';
import type { JobObject } from '../job/job.js';
import { controllerRef } from '../owner.js';

/** A Job that runs, as a CronJob refers to it. */
export interface JobReference {
  kind: string;
  namespace?: string;
  name: string;
  uid: string;
  apiVersion: string;
  resourceVersion?: string;
}

export interface CronJobStatus {
  active?: JobReference[];
  lastScheduleTime?: string;
  lastSuccessfulTime?: string;
}

export interface CronJobObject extends KubeObject {
  spec: {
    schedule: string;
    timeZone?: string;
    startingDeadlineSeconds?: number;
    concurrencyPolicy?: string;
    suspend?: boolean;
    jobTemplate: { metadata?: Partial<ObjectMeta>; spec: JobObject['spec'] };
    successfulJobsHistoryLimit?: number;
    failedJobsHistoryLimit?: number;
  };
  status?: CronJobStatus;
}

const SCHEDULED_AT = 'batch.kubernetes.io/cronjob-scheduled-timestamp';
/** More missed times than these are worth a warning. */
const MANY = 100;

/** The Job of one scheduled time. Its name is made of the minute, so that no time is run twice. */
export function jobOf(cronJob: CronJobObject, scheduledMs: number): KubeObject {
  const { metadata = {}, spec } = copyJson(cronJob.spec.jobTemplate);
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: `${cronJob.metadata.name}-${Math.floor(scheduledMs / 60_000)}`,
      namespace: cronJob.metadata.namespace,
      labels: { ...metadata.labels },
      annotations: {
        ...metadata.annotations,
        [SCHEDULED_AT]: zonedTime(scheduledMs, cronJob.spec.timeZone ?? 'UTC'),
      },
      ownerReferences: [controllerRef(cronJob)],
    },
    spec,
  };
}

/** RFC 3339 with the offset of a time zone; `Z` for UTC. */
export function zonedTime(ms: number, timeZone: string): string {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  const parts = Object.fromEntries(
    format.formatToParts(new Date(ms)).map(({ type, value }) => [type, value]),
  );
  const local = `${parts.year}-${parts.month}-${parts.day}T${parts.hour}:${parts.minute}:${parts.second}`;
  const offset = Math.round((Date.parse(`${local}Z`) - Math.floor(ms / 1000) * 1000) / 60_000);
  if (offset === 0) return `${local}Z`;
  const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60];
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${local}${offset < 0 ? '-' : '+'}${two(hours)}:${two(minutes)}`;
}

/** A time that is due, if one is, and whether suspiciously many were missed. */
interface Due {
  readonly atMs: number | undefined;
  readonly many: boolean;
}

/** The most recent scheduled time that has passed since the last one that was seen to. */
export function dueTime(cronJob: CronJobObject, schedule: Schedule, nowMs: number): Due {
  const { creationTimestamp = '' } = cronJob.metadata;
  const { startingDeadlineSeconds } = cronJob.spec;
  const sinceMs = Date.parse(cronJob.status?.lastScheduleTime ?? creationTimestamp);
  const earliestMs =
    startingDeadlineSeconds === undefined
      ? sinceMs
      : Math.max(sinceMs, nowMs - startingDeadlineSeconds * 1000);
  let atMs: number | undefined;
  let missed = 0;
  for (
    let next = schedule.next(earliestMs);
    next !== undefined && next <= nowMs;
    next = schedule.next(next)
  ) {
    atMs = next;
    missed++;
    // After many a jump close to now finds the last one without going through them all.
    if (missed === MANY) next = Math.max(next, lastBefore(schedule, nowMs) - 1);
  }
  return { atMs, many: missed >= MANY };
}

/** A moment from which the schedule has a time that is not after now, looked for ever further back. */
function lastBefore(schedule: Schedule, nowMs: number): number {
  for (let backMs = 60_000; backMs < nowMs; backMs *= 2) {
    const next = schedule.next(nowMs - backMs);
    if (next !== undefined && next <= nowMs) return next;
  }
  return 0;
}
