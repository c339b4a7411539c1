import type { createPipeline, parseConfig, sameConfig } from '@fairlead/balancing';
import type { Clock, LocalSources, Random } from '@fairlead/discovery';
import type { ClusterConfigs } from '../cluster-config/cluster-configs.js';
import type { FileConfigs } from '../cluster-config/file-configs.js';
import type { Clusters } from '../clusters/clusters.js';
import type { OpenChannels } from '../inspection/open-channels.js';
import type { SharedStreams } from '../load-reports/shared-streams.js';
import type { Whereabouts } from '../location/whereabouts.js';
import type { TroubleLog } from '../log.js';
import type { Settings } from '../options.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { Peers } from '../telemetry/peers.js';
import type { CopyCheck } from './copies.js';
import type { ProxyCheck } from './proxy.js';

/** What all channels of a process share; made once by register(). */
export interface Runtime {
  readonly settings: Settings;
  readonly log: TroubleLog;
  readonly clock: Clock;
  readonly random: Random;
  /** Epoch milliseconds that never run backwards. */
  now(): number;
  /** Where the process runs, as far as that is known by now. */
  readonly whereabouts: Whereabouts;
  readonly clusters: Clusters;
  /** What the cluster says of policies and methods; null when register() was not asked for it. */
  readonly clusterConfigs: ClusterConfigs | null;
  /** What a folder or file says of them; null when register() named none. */
  readonly fileConfigs: FileConfigs | null;
  /** The sources of targets that need no cluster. */
  readonly local: LocalSources;
  readonly metrics: Metrics;
  readonly openChannels: OpenChannels;
  /** Notes a new channel, and finds the meter provider for it. */
  channelMade(): void;
  /** True from the first channel of one of our targets on. */
  readonly dialled: boolean;
  readonly peers: Peers;
  readonly loadStreams: SharedStreams;
  readonly copies: CopyCheck;
  readonly proxyCheck: ProxyCheck;
  /** Runs what must not belong to the caller's async context, with tracing suppressed. */
  outside<T>(fn: () => T): T;
  readonly createPipeline: typeof createPipeline;
  readonly parseConfig: typeof parseConfig;
  readonly sameConfig: typeof sameConfig;
}
