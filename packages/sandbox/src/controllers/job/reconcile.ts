import { kubeTime } from '../../api/clock.js';
import { claimObjects } from '../claim.js';
import { findCondition } from '../conditions.js';
import type { ControllerContext } from '../controller.js';
import type { EventRecorder } from '../events.js';
import type { Condition, PodObject } from '../objects.js';
import { isPodActive, isPodReady, isPodTerminal } from '../pod.js';
import { writeStatus } from '../write-status.js';
import type { JobBackoff } from './failure-backoff.js';
import { formatIndexes, parseIndexes } from './indexes.js';
import { hasFailed, indexOf, isIndexed, isTracked, type JobObject, type JobStatus } from './job.js';
import { createPods, deletePods, type JobWork, stopTracking, surplusPods } from './pods.js';

/** What one pass over a Job needs of its surroundings. */
export interface Surroundings {
  readonly context: ControllerContext;
  readonly say: EventRecorder;
  readonly backoff: JobBackoff;
}

/** What a Job has come to, before anything is done about it. */
interface Tally {
  readonly pods: readonly PodObject[];
  readonly newlySucceeded: readonly PodObject[];
  readonly newlyFailed: readonly PodObject[];
  /** Of an Indexed Job. */
  readonly indexes: ReadonlySet<number> | undefined;
  readonly succeeded: number;
  readonly failed: number;
}

/** One pass over a Job that has not ended; answers in how many milliseconds it is due again without an event. */
export function reconcileJob(surroundings: Surroundings, job: JobObject): number | undefined {
  const { context, say, backoff } = surroundings;
  const nowMs = context.clock.now();
  const work: JobWork = { api: context.api, say, job, nowMs };
  const tally = takeTally(work);
  const status: JobStatus = { ...job.status };
  if (!status.startTime && !job.spec.suspend) status.startTime = kubeTime(nowMs);
  const ended = { succeeded: tally.newlySucceeded, failed: tally.newlyFailed };
  const waitMs = backoff.waitMs(job.metadata.uid ?? '', ended, nowMs);
  const deadlineMs = deadlineInMs(job, status, nowMs);
  let goal = goalOf(work, tally, deadlineMs);
  let dueMs = deadlineMs;
  let failed: { error: unknown } | undefined;
  try {
    if (goal) deletePods(work, tally.pods.filter(isPodActive));
    else if (!job.metadata.deletionTimestamp) {
      const held = manage(work, tally, waitMs);
      if (held && waitMs > 0) dueMs = Math.min(dueMs ?? waitMs, waitMs);
      goal = completionOf(work, tally);
      if (!goal) noteSuspension(work, status);
    }
  } catch (error) {
    failed = { error };
  }
  count(work, tally, { status, goal });
  finish(work, status, goal);
  writeStatus(work.api, 'jobs', work.job, status);
  if (failed) throw failed.error;
  return dueMs;
}

function podsOf({ api, job }: JobWork): PodObject[] {
  const pods = api.list('pods', job.metadata.namespace) as readonly PodObject[];
  return claimObjects({ api, owner: job, selector: job.spec.selector, resource: 'pods' }, pods);
}

function takeTally(work: JobWork): Tally {
  const { job } = work;
  const pods = podsOf(work);
  const newlySucceeded = pods.filter((pod) => isTracked(pod) && pod.status?.phase === 'Succeeded');
  const newlyFailed = pods.filter((pod) => isTracked(pod) && hasFailed(job, pod));
  const failed = (job.status?.failed ?? 0) + newlyFailed.length;
  if (!isIndexed(job)) {
    const succeeded = (job.status?.succeeded ?? 0) + newlySucceeded.length;
    return { pods, newlySucceeded, newlyFailed, indexes: undefined, succeeded, failed };
  }
  const fresh = newlySucceeded.flatMap((pod) => indexOf(pod) ?? []);
  const all = [...parseIndexes(job.status?.completedIndexes), ...fresh];
  const indexes = new Set(all.filter((index) => index < (job.spec.completions ?? 0)));
  return { pods, newlySucceeded, newlyFailed, indexes, succeeded: indexes.size, failed };
}

/** Milliseconds until activeDeadlineSeconds is over; undefined without one. */
function deadlineInMs({ spec }: JobObject, { startTime }: JobStatus, nowMs: number): number | undefined {
  if (spec.activeDeadlineSeconds === undefined || spec.suspend || !startTime) return undefined;
  return Math.max(0, Date.parse(startTime) + spec.activeDeadlineSeconds * 1000 - nowMs);
}

/** What the Job is about to end with: decided before, or now because it failed. */
function goalOf(work: JobWork, tally: Tally, deadlineMs: number | undefined): Condition | undefined {
  const { job } = work;
  const decided = job.status?.conditions?.find(
    ({ type, status }) => (type === 'SuccessCriteriaMet' || type === 'FailureTarget') && status === 'True',
  );
  if (decided) return decided;
  const limit = job.spec.backoffLimit ?? 6;
  if (tally.failed > limit || restartedTooOften(job, tally.pods, limit)) {
    const text = 'Job has reached the specified backoff limit';
    return conditionOf(work, ['FailureTarget', 'BackoffLimitExceeded', text]);
  }
  if (deadlineMs !== 0) return undefined;
  const text = 'Job was active longer than specified deadline';
  return conditionOf(work, ['FailureTarget', 'DeadlineExceeded', text]);
}

/** With restartPolicy OnFailure containers are started again in their pods: that counts, too. */
function restartedTooOften({ spec }: JobObject, pods: readonly PodObject[], limit: number): boolean {
  if ((spec.template.spec as { restartPolicy?: string }).restartPolicy !== 'OnFailure') return false;
  const restarts = pods
    .filter(({ status }) => status?.phase === 'Running' || status?.phase === 'Pending')
    .flatMap(({ status }) => [
      ...(status?.containerStatuses ?? []),
      ...((status as { initContainerStatuses?: { restartCount?: number }[] }).initContainerStatuses ?? []),
    ])
    .reduce((sum, { restartCount = 0 }) => sum + restartCount, 0);
  return limit === 0 ? restarts > 0 : restarts >= limit;
}

/** Makes or removes pods; true when pods are missing that must wait. */
function manage(work: JobWork, tally: Tally, waitMs: number): boolean {
  const { job } = work;
  const { completions, parallelism = 1 } = job.spec;
  const active = tally.pods.filter(isPodActive);
  const missing = completions === undefined ? parallelism : Math.max(0, completions - tally.succeeded);
  // Without completions the first success ends it: those that run are let run.
  const settled = completions === undefined && tally.succeeded > 0;
  const wanted = job.spec.suspend ? 0 : settled ? active.length : Math.min(parallelism, missing);
  const surplus = surplusPods(work, active, wanted);
  if (surplus.length > 0) {
    // Given up, not failed: they are not counted.
    for (const pod of surplus) stopTracking(work.api, pod);
    deletePods(work, surplus);
    return false;
  }
  const going = tally.pods.filter(isGoing).length;
  const room = wanted - active.length - (job.spec.podReplacementPolicy === 'Failed' ? going : 0);
  if (room <= 0) return false;
  if (waitMs > 0) return true;
  createPods(
    work,
    tally.indexes ? freeIndexes(work, tally, room) : Array.from({ length: room }, () => undefined),
  );
  return false;
}

function isGoing(pod: PodObject): boolean {
  return pod.metadata.deletionTimestamp !== undefined && !isPodTerminal(pod);
}

/** The lowest indexes without a pod and without success. */
function freeIndexes({ job }: JobWork, { pods, indexes }: Tally, count: number): number[] {
  const replacing = job.spec.podReplacementPolicy === 'Failed';
  const held = pods.filter((pod) => isPodActive(pod) || (replacing && isGoing(pod)));
  const taken = new Set(held.map(indexOf));
  const free: number[] = [];
  for (let index = 0; index < (job.spec.completions ?? 0) && free.length < count; index++) {
    if (!taken.has(index) && !indexes?.has(index)) free.push(index);
  }
  return free;
}

function completionOf(work: JobWork, tally: Tally): Condition | undefined {
  const { completions } = work.job.spec;
  const active = podsOf(work).filter(isPodActive).length;
  const enough = completions === undefined ? tally.succeeded > 0 : tally.succeeded >= completions;
  if (!enough || active > 0) return undefined;
  const text = 'Reached expected number of succeeded pods';
  return conditionOf(work, ['SuccessCriteriaMet', 'CompletionsReached', text]);
}

function conditionOf(
  { nowMs }: JobWork,
  [type, reason, message]: readonly [string, string, string],
): Condition {
  const now = kubeTime(nowMs);
  return { type, status: 'True', lastProbeTime: now, lastTransitionTime: now, reason, message };
}

function noteSuspension({ job, say, nowMs }: JobWork, status: JobStatus): void {
  const before = findCondition(status.conditions, 'Suspended');
  const suspended = job.spec.suspend === true;
  if (suspended === (before?.status === 'True')) return;
  const [reason, message] = suspended ? ['JobSuspended', 'Job suspended'] : ['JobResumed', 'Job resumed'];
  const now = kubeTime(nowMs);
  const next: Condition = {
    type: 'Suspended',
    status: suspended ? 'True' : 'False',
    lastProbeTime: now,
    lastTransitionTime: now,
    reason,
    message,
  };
  status.conditions = before
    ? (status.conditions ?? []).map((each) => (each.type === 'Suspended' ? next : each))
    : [...(status.conditions ?? []), next];
  say({ about: job, type: 'Normal', reason: suspended ? 'Suspended' : 'Resumed', message });
  if (suspended) delete status.startTime;
  else status.startTime = now;
}

/**
 * Counts the pods that have ended, and lets them go. Nothing comes in between here, so that a pod is never counted
 * twice and upstream's list of uncounted pods stays empty.
 */
function count(
  { api, job }: JobWork,
  tally: Tally,
  { status, goal }: { status: JobStatus; goal: Condition | undefined },
): void {
  const failing = goal?.type === 'FailureTarget';
  const lost = tally.pods.filter(
    (pod) => isTracked(pod) && pod.status?.phase !== 'Succeeded' && (hasFailed(job, pod) || failing),
  );
  const failed = (job.status?.failed ?? 0) + lost.length;
  if (failed > 0) status.failed = failed;
  if (tally.succeeded > 0) status.succeeded = tally.succeeded;
  if (tally.indexes && tally.indexes.size > 0) status.completedIndexes = formatIndexes(tally.indexes);
  const counted = new Set([...tally.newlySucceeded, ...lost]);
  for (const pod of tally.pods) {
    const over = goal !== undefined || job.metadata.deletionTimestamp !== undefined;
    if (isTracked(pod) && (counted.has(pod) || over)) stopTracking(api, pod);
  }
}

/** Ends the Job when it has come to a goal and no pod is left that is still going. */
function finish(work: JobWork, status: JobStatus, goal: Condition | undefined): void {
  const pods = podsOf(work);
  const active = pods.filter(isPodActive);
  const terminating = pods.filter(isGoing).length;
  if (active.length > 0) status.active = active.length;
  else delete status.active;
  status.ready = active.filter(isPodReady).length;
  status.terminating = terminating;
  status.uncountedTerminatedPods = {};
  if (!goal) return;
  if (!findCondition(status.conditions, goal.type)) status.conditions = [...(status.conditions ?? []), goal];
  if (terminating > 0 || active.length > 0) return;
  const type = goal.type === 'FailureTarget' ? 'Failed' : 'Complete';
  const end = conditionOf(work, [type, goal.reason ?? '', goal.message ?? '']);
  status.conditions = [...(status.conditions ?? []), end];
  if (type === 'Complete') status.completionTime = end.lastTransitionTime ?? kubeTime(work.nowMs);
  const about = work.job;
  if (type === 'Complete') work.say({ about, type: 'Normal', reason: 'Completed', message: 'Job completed' });
  else work.say({ about, type: 'Warning', reason: end.reason ?? '', message: end.message ?? '' });
}
