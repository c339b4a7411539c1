import { randomBytes } from 'node:crypto';
import type { KubeClient, KubeObject } from '@fairlead/discovery/kubernetes';
import type { AgentClock, AgentLogger } from './host.js';
import { delay } from './host.js';
import type { Pod } from './pod.js';
import { timestamp } from './pod.js';
import { isKubeStatus, messageOf } from './refusal.js';

/** Something that users should see with `kubectl describe` or `kubectl get events`. */
export interface PodEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  /** Name of the container that it is about. */
  readonly container?: string;
}

interface EventRecorderOptions {
  readonly client: KubeClient;
  readonly nodeName: string;
  readonly clock: AgentClock;
  readonly logger: AgentLogger;
}

interface Recorded {
  readonly name: string;
  count: number;
}

const EVENTS = { group: '', version: 'v1', resource: 'events' };
/** Events that wait for the API server; more are dropped, the oldest first. */
const QUEUE_LIMIT = 500;
/** Different events whose repetitions are counted instead of written anew. */
const MEMORY_LIMIT = 1000;
const ATTEMPTS = 5;
const RETRY_MS = 2000;

/** Writes Events of pods in order; equal ones become one Event with a count. Never fails: what cannot be written is dropped. */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #queue: { pod: Pod; event: PodEvent }[] = [];
  readonly #recorded = new Map<string, Recorded>();
  readonly #closed = new AbortController();
  #writing = false;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
  }

  emit(pod: Pod, event: PodEvent): void {
    if (this.#closed.signal.aborted) return;
    this.#queue.push({ pod, event });
    if (this.#queue.length > QUEUE_LIMIT) this.#queue.shift();
    if (!this.#writing) void this.#drain();
  }

  /** Drops what is not written yet. */
  close(): void {
    this.#closed.abort();
    this.#queue.length = 0;
  }

  async #drain(): Promise<void> {
    this.#writing = true;
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) {
      for (let attempt = 1; attempt <= ATTEMPTS && !this.#closed.signal.aborted; attempt++) {
        const error = await this.#write(next.pod, next.event).then(
          () => undefined,
          (cause: unknown) => cause,
        );
        // A namespace that ends takes no more Events (403, 404); asking again would not help.
        if (error === undefined || isKubeStatus(error, 400, 403, 404, 409, 422)) break;
        this.#options.logger.debug('event not written', {
          reason: next.event.reason,
          error: messageOf(error),
        });
        await delay(this.#options.clock, RETRY_MS, this.#closed.signal);
      }
    }
    this.#writing = false;
  }

  async #write(pod: Pod, event: PodEvent): Promise<void> {
    const { client, clock } = this.#options;
    const { namespace, uid } = pod.metadata;
    const { signal } = this.#closed;
    const key = [uid, event.container, event.type, event.reason, event.message].join('\u0000');
    const known = this.#recorded.get(key);
    if (known) {
      const body = { count: known.count + 1, lastTimestamp: timestamp(clock.now()) };
      const found = await client.patch(EVENTS, known.name, body, { namespace, signal, kind: 'merge' }).then(
        () => true,
        (error: unknown) => {
          if (isKubeStatus(error, 404)) return false;
          throw error;
        },
      );
      if (found) {
        known.count += 1;
        return;
      }
    }
    const object = eventObject(pod, event, { nodeName: this.#options.nodeName, nowMs: clock.now() });
    await client.create(EVENTS, object, { namespace, signal });
    this.#recorded.set(key, { name: object.metadata.name ?? '', count: 1 });
    const oldest = this.#recorded.keys().next();
    if (this.#recorded.size > MEMORY_LIMIT && !oldest.done) this.#recorded.delete(oldest.value);
  }
}

function eventObject(pod: Pod, event: PodEvent, by: { nodeName: string; nowMs: number }): KubeObject {
  const { name, namespace, uid, resourceVersion } = pod.metadata;
  const at = timestamp(by.nowMs);
  const field = pod.spec.initContainers?.some((container) => container.name === event.container)
    ? 'initContainers'
    : 'containers';
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name}.${randomBytes(8).toString('hex')}`, namespace },
    involvedObject: {
      apiVersion: 'v1',
      kind: 'Pod',
      name,
      namespace,
      uid,
      ...(resourceVersion ? { resourceVersion } : {}),
      ...(event.container ? { fieldPath: `spec.${field}{${event.container}}` } : {}),
    },
    type: event.type,
    reason: event.reason,
    // The API takes up to 1024 characters.
    message: event.message.slice(0, 1024),
    source: { component: 'kubelet', host: by.nodeName },
    reportingComponent: 'kubelet',
    reportingInstance: by.nodeName,
    firstTimestamp: at,
    lastTimestamp: at,
    count: 1,
  };
}
