import { createHash } from 'node:crypto';
import { kubeTime } from '../api/clock.js';
import type { KubeObject } from '../objects.js';
import type { ControllerContext } from './controller.js';

/** Something worth telling about an object, in Kubernetes' words. */
export interface EventRecord {
  readonly about: KubeObject;
  readonly type: 'Normal' | 'Warning';
  /** CamelCase, for machines: `SuccessfulCreate`. */
  readonly reason: string;
  readonly message: string;
}

/** Says things about objects on behalf of one component. */
export type EventRecorder = (record: EventRecord) => void;

/** Where an object without a namespace leaves its events. */
const CLUSTER_SCOPED_EVENTS = 'default';

/**
 * Writes a core/v1 Event, or raises the count of the one that says the same. A lost event is no reason to fail: a
 * refusal is logged and forgotten.
 */
export function recordEvent(context: ControllerContext, component: string, record: EventRecord): void {
  const { api, clock, logger } = context;
  const { about, type, reason, message } = record;
  const namespace = about.metadata.namespace ?? CLUSTER_SCOPED_EVENTS;
  const name = eventName(component, record);
  const now = kubeTime(clock.now());
  try {
    const counted = api.modify('events', namespace, name, (event) => {
      event.count = (typeof event.count === 'number' ? event.count : 1) + 1;
      event.lastTimestamp = now;
    });
    if (counted) return;
    api.create('events', {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace },
      involvedObject: {
        kind: about.kind,
        namespace: about.metadata.namespace,
        name: about.metadata.name,
        uid: about.metadata.uid,
        apiVersion: about.apiVersion,
        resourceVersion: about.metadata.resourceVersion,
      },
      type,
      reason,
      message,
      source: { component },
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
      eventTime: null,
      reportingComponent: component,
      reportingInstance: '',
    });
  } catch (error) {
    logger.debug('event was not recorded', {
      component,
      reason,
      about: about.metadata.name,
      error: String(error),
    });
  }
}

/** Equal records share a name, so that the count needs no memory of its own. */
function eventName(component: string, { about, type, reason, message }: EventRecord): string {
  const text = JSON.stringify([component, about.metadata.uid, type, reason, message]);
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return `${about.metadata.name.slice(0, 236)}.${digest}`;
}
