import type { Clock, Logger, Random } from '@fairlead/discovery';
import { type LocalSources, sharedKubernetesSource, withDnsFallback } from '@fairlead/discovery';
import type { Settings } from '../options.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { AccessChoice, Cluster, ClusterApi } from './clusters.js';

/** What the source of a cluster shares with the rest of the process. */
export interface ClusterHost {
  readonly settings: Settings;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly random: Random;
  readonly local: LocalSources;
}

/**
 * Reads credentials, synchronously, and joins the process's watches of their API server: those of `watchEndpoints()`
 * too. Throws ACCESS_INVALID. They are kept while all channels are idle, so that a kubeconfig that was switched to
 * another cluster meanwhile does not take running channels along. Where DNS may stand in, nothing is thrown.
 */
export function openKubernetesCluster(choice: AccessChoice, host: ClusterHost): Cluster {
  const { settings, local, clock, logger } = host;
  const { clusterDomain, fallback, clusterNames } = settings;
  const open = (): Cluster => openApiServer(choice, host);
  if (fallback === undefined && clusterNames === undefined) return open();
  return withDnsFallback(open, { dns: local.dns, clusterDomain, clock, logger });
}

function openApiServer(choice: AccessChoice, host: ClusterHost): Cluster {
  const { settings, logger, metrics, clock, random } = host;
  const { access, client, source } = sharedKubernetesSource({
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
  const api: ClusterApi = {
    client,
    readService: (target, reader) => source.readService(target, reader, { ref: false }),
  };
  return { namespace: access.namespace, server: access.server, source, api };
}
