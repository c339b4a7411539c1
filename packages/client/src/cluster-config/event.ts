import { createHash } from 'node:crypto';
import type { KubeClient, KubeObject, ResourceRef } from '@fairlead/discovery/kubernetes';
import type { Problem } from './place.js';

const EVENTS: ResourceRef = { group: '', version: 'v1', resource: 'events' };
/** The API server's own limit for the note of an Event (characters). */
const MOST_CHARS = 1_024;
/** Hex digits that tell Events of one Service apart: as many as its own tools use. */
const HASH_CHARS = 16;

/** The Service that an Event is about. */
export interface EventSubject {
  readonly namespace: string;
  readonly service: string;
  readonly uid?: string | undefined;
}

/** The same for the same problem, in every process. */
export function problemId({ place, value, message }: Problem, uid = ''): string {
  return createHash('sha256')
    .update(JSON.stringify([uid, place, value, message]))
    .digest('hex')
    .slice(0, HASH_CHARS);
}

/**
 * A Warning about a Service whose configuration is not accepted, for `kubectl describe service`. Its name follows from
 * the problem: of a thousand clients that see it the first makes the Event, and the others find it there (409).
 */
export function configEvent(subject: EventSubject, problem: Problem, nowMs: number): KubeObject {
  const { namespace, service, uid } = subject;
  const at = `${new Date(nowMs).toISOString().slice(0, 19)}Z`;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { namespace, name: `${service}.${problemId(problem, uid)}` },
    involvedObject: {
      apiVersion: 'v1',
      kind: 'Service',
      namespace,
      name: service,
      ...(uid === undefined ? {} : { uid }),
    },
    type: 'Warning',
    reason: 'ClientConfigInvalid',
    message: `${problem.place}: ${problem.message}; the last good one stays`.slice(0, MOST_CHARS),
    source: { component: 'fairlead-client' },
    firstTimestamp: at,
    lastTimestamp: at,
    count: 1,
  };
}

/** Asks the API server to keep an Event. Rejects as a `KubeClient` does. */
export async function postEvent(client: Pick<KubeClient, 'create'>, event: KubeObject): Promise<void> {
  await client.create(EVENTS, event, { ref: false });
}
