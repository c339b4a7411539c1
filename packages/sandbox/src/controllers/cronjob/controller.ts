import { kubeTime } from '../../api/clock.js';
import { parseSchedule, type Schedule } from '../../api/kinds/cron-schedule.js';
import type { KubeObject } from '../../objects.js';
import {
  type Controller,
  type ControllerContext,
  createController,
  isAlreadyExists,
  isNamespaceTerminating,
  splitKey,
  watchSelf,
} from '../controller.js';
import { type EventRecorder, recordEvent } from '../events.js';
import { endOf, type JobObject } from '../job/job.js';
import { controllerKey, isControlledBy } from '../owner.js';
import { writeStatus } from '../write-status.js';
import { type CronJobObject, type CronJobStatus, dueTime, jobOf } from './cron-job.js';

/** A clock that is a moment early must not find the time not due yet. */
const DELTA_MS = 100;
/** Timers of Node.js go no further than this (24.8 days). */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** Makes the Jobs of each CronJob when they are due, and removes those that ended long ago. */
export function createCronJobController(context: ControllerContext): Controller {
  const { api } = context;
  const say = recordEvent.bind(undefined, context, 'cronjob-controller');
  return createController({
    ...context,
    name: 'cronjob',
    watches: [
      watchSelf('cronjobs'),
      {
        resource: 'jobs',
        keys: ({ object, old }) =>
          [object, old].flatMap((form) => (form && controllerKey(form, 'CronJob')) ?? []),
      },
    ],
    reconcile(key) {
      const { namespace, name } = splitKey(key);
      const cronJob = api.get('cronjobs', namespace, name) as CronJobObject | undefined;
      if (!cronJob) return undefined;
      const status: CronJobStatus = { ...cronJob.status };
      try {
        return reconcile({ context, say, cronJob, status });
      } finally {
        writeStatus(context.api, 'cronjobs', cronJob, status);
      }
    },
  });
}

interface Work {
  readonly context: ControllerContext;
  readonly say: EventRecorder;
  readonly cronJob: CronJobObject;
  /** Changed in place. */
  readonly status: CronJobStatus;
}

function reconcile(work: Work): number | undefined {
  const { context, cronJob } = work;
  const jobs = (context.api.list('jobs', cronJob.metadata.namespace) as readonly JobObject[]).filter((job) =>
    isControlledBy(job, cronJob),
  );
  followJobs(work, jobs);
  if (cronJob.metadata.deletionTimestamp) return undefined;
  const dueMs = cronJob.spec.suspend ? undefined : runWhenDue(work);
  removeOld(work, jobs);
  return dueMs === undefined ? undefined : Math.min(dueMs, MAX_DELAY_MS);
}

/** Brings the list of Jobs that run up to date. */
function followJobs({ say, cronJob, status }: Work, jobs: readonly JobObject[]): void {
  const byUid = new Map(jobs.map((job) => [job.metadata.uid, job]));
  const active = (status.active ?? []).filter(({ uid, name }) => {
    const job = byUid.get(uid);
    const end = job && endOf(job);
    if (job && !end) return true;
    if (end) {
      const message = `Saw completed job: ${name}, condition: ${end.type}`;
      say({ about: cronJob, type: 'Normal', reason: 'SawCompletedJob', message });
    } else {
      const message = `Active job went missing: ${name}`;
      say({ about: cronJob, type: 'Normal', reason: 'MissingJob', message });
    }
    return false;
  });
  setActive(status, active);
  for (const job of jobs) {
    if (!endOf(job) && !active.some(({ uid }) => uid === job.metadata.uid)) {
      const message = `Saw a job that the controller did not create or forgot: ${job.metadata.name}`;
      say({ about: cronJob, type: 'Warning', reason: 'UnexpectedJob', message });
    }
    const { completionTime } = job.status ?? {};
    if (completionTime && completionTime > (status.lastSuccessfulTime ?? '')) {
      status.lastSuccessfulTime = completionTime;
    }
  }
}

function setActive(status: CronJobStatus, active: NonNullable<CronJobStatus['active']>): void {
  if (active.length > 0) status.active = active;
  else delete status.active;
}

/** Makes the Job that is due, if the policy allows; answers when the next time is (ms from now). */
function runWhenDue(work: Work): number | undefined {
  const { context, say, cronJob, status } = work;
  const { schedule: text, timeZone, concurrencyPolicy } = cronJob.spec;
  const nowMs = context.clock.now();
  let schedule: Schedule;
  try {
    schedule = parseSchedule(text, timeZone);
  } catch (error) {
    const message = `unparseable schedule: ${JSON.stringify(text)} : ${String(error)}`;
    say({ about: cronJob, type: 'Warning', reason: 'UnparseableSchedule', message });
    return undefined;
  }
  const nextMs = schedule.next(nowMs);
  if (nextMs === undefined) {
    const message = `invalid schedule: ${text} : it never comes`;
    say({ about: cronJob, type: 'Warning', reason: 'InvalidSchedule', message });
    return undefined;
  }
  const again = nextMs - nowMs + DELTA_MS;
  const { atMs, many } = dueTime(cronJob, schedule, nowMs);
  if (atMs === undefined) return again;
  if (many) {
    const message =
      'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew';
    say({ about: cronJob, type: 'Warning', reason: 'TooManyMissedTimes', message });
  }
  if (concurrencyPolicy === 'Forbid' && status.active?.length) {
    const message = 'Not starting job because prior execution is running and concurrency policy is Forbid';
    say({ about: cronJob, type: 'Normal', reason: 'JobAlreadyActive', message });
    return again;
  }
  if (concurrencyPolicy === 'Replace') replaceActive(work);
  run(work, atMs);
  return again;
}

function replaceActive({ context, say, cronJob, status }: Work): void {
  for (const { namespace, name, uid } of status.active ?? []) {
    context.api.delete('jobs', namespace, name, { uid, propagationPolicy: 'Background' });
    say({ about: cronJob, type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted job ${name}` });
  }
  setActive(status, []);
}

function run({ context, say, cronJob, status }: Work, atMs: number): void {
  const wanted = jobOf(cronJob, atMs);
  let job: KubeObject;
  try {
    job = context.api.create('jobs', wanted);
    const message = `Created job ${job.metadata.name}`;
    say({ about: cronJob, type: 'Normal', reason: 'SuccessfulCreate', message });
  } catch (error) {
    if (isNamespaceTerminating(error)) return;
    const { namespace, name } = wanted.metadata;
    const found = isAlreadyExists(error) ? context.api.get('jobs', namespace, name) : undefined;
    if (!found) {
      const text = error instanceof Error ? error.message : String(error);
      say({
        about: cronJob,
        type: 'Warning',
        reason: 'FailedCreate',
        message: `Error creating job: ${text}`,
      });
      throw error;
    }
    if (!isControlledBy(found, cronJob)) return;
    job = found;
  }
  const { namespace, name, uid = '', resourceVersion } = job.metadata;
  const reference = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    name,
    uid,
    ...(namespace ? { namespace } : {}),
    ...(resourceVersion ? { resourceVersion } : {}),
  };
  const others = (status.active ?? []).filter((each) => each.uid !== uid);
  setActive(status, endOf(job as JobObject) ? others : [...others, reference]);
  status.lastScheduleTime = kubeTime(atMs);
}

/** Keeps as many ended Jobs as the history limits say, the newest. */
function removeOld({ context, say, cronJob }: Work, jobs: readonly JobObject[]): void {
  const { successfulJobsHistoryLimit = 3, failedJobsHistoryLimit = 1 } = cronJob.spec;
  for (const [type, limit] of [
    ['Complete', successfulJobsHistoryLimit],
    ['Failed', failedJobsHistoryLimit],
  ] as const) {
    const ended = jobs.filter((job) => endOf(job)?.type === type && !job.metadata.deletionTimestamp);
    const byStart = ended.toSorted((a, b) => (startOf(a) < startOf(b) ? -1 : 1));
    for (const { metadata } of byStart.slice(0, Math.max(0, ended.length - limit))) {
      const { namespace, name, uid } = metadata;
      context.api.delete('jobs', namespace, name, { uid: uid ?? '', propagationPolicy: 'Background' });
      say({ about: cronJob, type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted job ${name}` });
    }
  }
}

function startOf({ metadata, status }: JobObject): string {
  return `${status?.startTime ?? ''} ${metadata.name}`;
}
