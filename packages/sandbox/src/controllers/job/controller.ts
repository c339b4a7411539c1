import type { ClusterApi } from '../../api/store.js';
import {
  type Controller,
  type ControllerContext,
  createController,
  splitKey,
  watchSelf,
} from '../controller.js';
import { recordEvent } from '../events.js';
import type { PodObject } from '../objects.js';
import { ownersOf } from '../owned.js';
import { controllerOf } from '../owner.js';
import { matchesSelector } from '../selector.js';
import { JobBackoff } from './failure-backoff.js';
import { endOf, isTracked, type JobObject } from './job.js';
import { stopTracking } from './pods.js';
import { reconcileJob, type Surroundings } from './reconcile.js';

const OWN = 'kubernetes.io/job-controller';

const OWNER = { resource: 'jobs', kind: 'Job' };

/** Runs the pods of each Job until enough have succeeded, and removes Jobs whose time after that is over. */
export function createJobController(context: ControllerContext): Controller {
  const { api, clock } = context;
  const backoff = new JobBackoff();
  const say = recordEvent.bind(undefined, context, 'job-controller');
  const surroundings: Surroundings = { context, say, backoff };
  return createController({
    ...context,
    name: 'job',
    watches: [watchSelf('jobs'), { resource: 'pods', keys: (event) => ownersOf(api, OWNER, event) }],
    reconcile(key) {
      const { namespace, name } = splitKey(key);
      releaseOrphans(api, namespace);
      const job = api.get('jobs', namespace, name) as JobObject | undefined;
      if (!job || (job.spec.managedBy ?? OWN) !== OWN) return undefined;
      if (!endOf(job)) return reconcileJob(surroundings, job);
      backoff.forget(job.metadata.uid ?? '');
      return expire(api, job, clock.now());
    },
  });
}

/** Deletes an ended Job when ttlSecondsAfterFinished is over; else tells when it will be (ms). */
function expire(api: ClusterApi, job: JobObject, nowMs: number): number | undefined {
  const { ttlSecondsAfterFinished: ttl } = job.spec;
  if (ttl === undefined || job.metadata.deletionTimestamp) return undefined;
  const leftMs = Date.parse(endOf(job)?.lastTransitionTime ?? '') + ttl * 1000 - nowMs;
  if (leftMs > 0) return leftMs;
  const { namespace, name, uid } = job.metadata;
  api.delete('jobs', namespace, name, { uid: uid ?? '', propagationPolicy: 'Foreground' });
  return undefined;
}

/** Pods that no Job will count any more must not be kept. */
function releaseOrphans(api: ClusterApi, namespace: string | undefined): void {
  for (const pod of (api.list('pods', namespace) as readonly PodObject[]).filter(isTracked)) {
    const owner = controllerOf(pod);
    const job = owner?.kind === 'Job' ? api.get('jobs', namespace, owner.name) : undefined;
    const fits = !owner && hasAdopter(api, pod);
    if (!fits && (!job || job.metadata.uid !== owner?.uid)) stopTracking(api, pod);
  }
}

function hasAdopter(api: ClusterApi, { metadata }: PodObject): boolean {
  const jobs = api.list('jobs', metadata.namespace) as readonly JobObject[];
  return jobs.some(
    (job) => !job.metadata.deletionTimestamp && matchesSelector(job.spec.selector, metadata.labels),
  );
}
