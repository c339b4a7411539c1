import { isDeepStrictEqual } from 'node:util';
import type { KubeClient } from '@fairlead/discovery/kubernetes';
import type { AgentClock, AgentLogger } from './host.js';
import { delay } from './host.js';
import type { Pod, PodStatus } from './pod.js';
import { isKubeStatus, messageOf } from './refusal.js';
import { RestartBackoff } from './restart.js';

export const PODS = { group: '', version: 'v1', resource: 'pods' };

interface StatusWriterOptions {
  readonly client: KubeClient;
  readonly clock: AgentClock;
  readonly logger: AgentLogger;
  readonly pod: Pod;
  /** Ends every attempt. */
  readonly signal: AbortSignal;
}

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5000;
/** Waits between two repairs: whoever insists on another status is answered at the kubelet's pace, not in a loop. */
const REPAIR_LIMITS = { baseMs: 1000, maxMs: 10_000 };

/**
 * Writes the status of one pod: one request at a time, always the newest status, again until the API server takes
 * it, and again when someone else has written over it. The patch names the uid, so that a pod of the same name that
 * came later is never touched.
 */
export class StatusWriter {
  readonly #options: StatusWriterOptions;
  readonly #repairs = new RestartBackoff(REPAIR_LIMITS);
  #wanted: PodStatus | undefined;
  #written = '';
  /** The API server's answer to the last write: what it made of that status. */
  #answer: Pod | undefined;
  /** The newest form that the watch has shown. */
  #seen: Pod | undefined;
  #repairing = false;
  #writing: Promise<void> | undefined;
  #gone = false;

  constructor(options: StatusWriterOptions) {
    this.#options = options;
  }

  set(status: PodStatus): void {
    this.#wanted = status;
    this.#start();
  }

  /** Takes the pod as the API server has it now; a status that is not the one written last is written over. */
  observe(pod: Pod): void {
    this.#seen = pod;
    void this.#repair();
  }

  /** Resolves when the newest status is written or cannot be. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  /** As `flush`, but waits no longer than `limitMs`. */
  async flushWithin(limitMs: number): Promise<void> {
    const over = new AbortController();
    await Promise.race([this.#writing, delay(this.#options.clock, limitMs, over.signal)]);
    over.abort();
  }

  #start(): void {
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
      void this.#repair();
    });
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
        const how = { namespace, signal, subresource: 'status', kind: 'merge' } as const;
        this.#answer = await client.patch<Pod>(PODS, name, body, how);
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

  async #repair(): Promise<void> {
    const { clock, signal } = this.#options;
    if (this.#repairing || !this.#overwritten()) return;
    this.#repairing = true;
    await delay(clock, this.#repairs.next(clock.now()), signal);
    this.#repairing = false;
    if (signal.aborted || !this.#overwritten()) return;
    this.#written = '';
    this.#start();
  }

  /** Whether the API server has another status than the one it answered the last write with. */
  #overwritten(): boolean {
    const [answer, seen] = [this.#answer, this.#seen];
    if (!answer || !seen || this.#writing || this.#gone) return false;
    // Versions count up in every API server there is; one that does not costs a repair that changes nothing.
    if (Number(seen.metadata.resourceVersion) <= Number(answer.metadata.resourceVersion)) return false;
    const fields = Object.keys(this.#wanted ?? {}) as (keyof PodStatus)[];
    return fields.some((field) => !isDeepStrictEqual(seen.status?.[field], answer.status?.[field]));
  }
}
