import type { Clock, Logger, Random } from '@fairlead/discovery';
import { sharedKubernetesSource } from '@fairlead/discovery';
import type { Settings } from '../options.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { AccessChoice, Cluster } from './clusters.js';

/** What the source of a cluster shares with the rest of the process. */
export interface ClusterHost {
  readonly settings: Settings;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Reads credentials, synchronously, and joins the process's watches of their API server: those of `watchEndpoints()`
 * too. Throws ACCESS_INVALID. They are kept while all channels are idle, so that a kubeconfig that was switched to
 * another cluster meanwhile does not take running channels along.
 */
export function openKubernetesCluster(choice: AccessChoice, host: ClusterHost): Cluster {
  const { settings, logger, metrics, clock, random } = host;
  const { access, source } = sharedKubernetesSource({
    ...choice,
    clock,
    random,
    logger,
    watchScope: settings.watchScope,
    settleMs: settings.settleMs,
    lingerMs: settings.lingerMs,
    maxStaleMs: settings.maxStaleMs,
    onRestart: (reason) => metrics.watchRestarted(reason),
    keep: true,
  });
  return { namespace: access.namespace, server: access.server, source };
}
