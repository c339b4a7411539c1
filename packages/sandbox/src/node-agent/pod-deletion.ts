import type { KubeClient } from '@fairlead/discovery/kubernetes';
import type { AgentClock, AgentLogger } from './host.js';
import { delay } from './host.js';
import type { Pod } from './pod.js';
import { isKubeStatus, messageOf } from './refusal.js';
import { PODS } from './status-writer.js';

/** What taking a pod out of the API needs. */
interface DeletionOptions {
  readonly client: KubeClient;
  readonly clock: AgentClock;
  readonly logger: AgentLogger;
  /** Ends every attempt. */
  readonly signal: AbortSignal;
}

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 5000;

/**
 * Takes a pod that has ended out of the API, again until the API server does it. One that is gone, or is another one
 * by now, is fine.
 */
export async function deletePod(pod: Pod, options: DeletionOptions): Promise<void> {
  const { client, clock, logger, signal } = options;
  const { name, namespace, uid } = pod.metadata;
  const preconditions = { uid };
  const body = { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0, preconditions };
  for (let retryMs = FIRST_RETRY_MS; !signal.aborted; retryMs = Math.min(LAST_RETRY_MS, retryMs * 2)) {
    try {
      await client.delete(PODS, name, { namespace, body, signal });
      return;
    } catch (error) {
      if (signal.aborted || isKubeStatus(error, 404, 409)) return;
      logger.debug('pod not deleted', { pod: name, namespace, error: messageOf(error) });
      await delay(clock, retryMs, signal);
    }
  }
}
