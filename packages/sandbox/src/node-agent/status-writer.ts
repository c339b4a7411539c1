import type { KubeClient } from '@fairlead/discovery/kubernetes';
import type { AgentClock, AgentLogger } from './host.js';
import { delay } from './host.js';
import type { Pod, PodStatus } from './pod.js';
import { isKubeStatus, messageOf } from './refusal.js';

export const PODS = { group: '', version: 'v1', resource: 'pods' };

export interface StatusWriterOptions {
  readonly client: KubeClient;
  readonly clock: AgentClock;
  readonly logger: AgentLogger;
  readonly pod: Pod;
  /** Ends every attempt. */
  readonly signal: AbortSignal;
}

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5000;

/**
 * Writes the status of one pod: one request at a time, always the newest status, again until the API server takes
 * it. The patch names the uid, so that a pod of the same name that came later is never touched.
 */
export class StatusWriter {
  readonly #options: StatusWriterOptions;
  #wanted: PodStatus | undefined;
  #written = '';
  #writing: Promise<void> | undefined;
  #gone = false;

  constructor(options: StatusWriterOptions) {
    this.#options = options;
  }

  set(status: PodStatus): void {
    this.#wanted = status;
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
  }

  /** Resolves when the newest status is written or cannot be. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    const { client, clock, logger, pod, signal } = this.#options;
    const { name, namespace, uid } = pod.metadata;
    let retryMs = FIRST_RETRY_MS;
    // Everything that changes in this tick goes into one request.
    await Promise.resolve();
    while (this.#wanted && !this.#gone && !signal.aborted) {
      const status = this.#wanted;
      const text = JSON.stringify(status);
      if (text === this.#written) return;
      try {
        const body = { metadata: { uid }, status };
        await client.patch(PODS, name, body, { namespace, signal, subresource: 'status', kind: 'merge' });
        this.#written = text;
        retryMs = FIRST_RETRY_MS;
      } catch (error) {
        this.#gone = isKubeStatus(error, 404, 409, 422);
        logger.debug('pod status not written', { pod: name, namespace, error: messageOf(error) });
        if (!this.#gone) await delay(clock, retryMs, signal);
        retryMs = Math.min(LAST_RETRY_MS, retryMs * 2);
      }
    }
  }
}
