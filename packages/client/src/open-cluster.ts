import type { Clock, Logger, Random } from '@fairlead/discovery';
import { createKubernetesSource } from '@fairlead/discovery';
import { createKubeClient, loadAccess } from '@fairlead/discovery/kubernetes';
import type { AccessChoice, Cluster } from './clusters.js';
import type { Metrics } from './metrics.js';
import type { Settings } from './options.js';

/** What the source of a cluster shares with the rest of the process. */
export interface ClusterHost {
  readonly settings: Settings;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly random: Random;
}

/** Reads credentials, synchronously, and makes the one source of their API server; throws ACCESS_INVALID. */
export function openKubernetesCluster(choice: AccessChoice, host: ClusterHost): Cluster {
  const { settings, log, metrics, clock, random } = host;
  const access = loadAccess(choice);
  const source = createKubernetesSource({
    client: createKubeClient(access, { logger: log, clock }),
    clock,
    random,
    logger: log,
    settleMs: settings.settleMs,
    lingerMs: settings.lingerMs,
    maxStaleMs: settings.maxStaleMs,
    onRestart: (reason) => metrics.watchRestarted(reason),
  });
  return {
    namespace: access.namespace,
    server: access.server,
    user: access.user,
    origin: access.origin,
    source,
  };
}
