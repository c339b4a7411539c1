import { createPipeline, parseConfig, sameConfig } from '@fairlead/balancing';
import { createLocalSources, type Logger, systemClock } from '@fairlead/discovery';
import { ClusterConfigs } from '../cluster-config/cluster-configs.js';
import { FileConfigs } from '../cluster-config/file-configs.js';
import { type AccessChoice, type Cluster, Clusters } from '../clusters/clusters.js';
import { openKubernetesCluster } from '../clusters/open-cluster.js';
import { OpenChannels } from '../inspection/open-channels.js';
import { SharedStreams } from '../load-reports/shared-streams.js';
import { processLocation } from '../location/location.js';
import { Whereabouts } from '../location/whereabouts.js';
import { createTroubleLog } from '../log.js';
import type { Settings } from '../options.js';
import { createOutside, loadTelemetryApi } from '../telemetry/api.js';
import { Metrics } from '../telemetry/metrics.js';
import { Peers } from '../telemetry/peers.js';
import { CopyCheck } from './copies.js';
import { ProxyCheck } from './proxy.js';
import type { Runtime } from './runtime.js';

/** Parts of the runtime that tests replace. */
export interface Internals {
  readonly openCluster?: (choice: AccessChoice) => Cluster;
  readonly createPipeline?: typeof createPipeline;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Milliseconds since the epoch that do not run backwards when the clock of the machine is set. */
const steadyNow = (): number => performance.timeOrigin + performance.now();

type ConfigHost = Pick<Runtime, 'clusters' | 'log' | 'clock' | 'random' | 'metrics'>;

/** What follows configuration from the cluster and from files, where register() asks for it. */
function createConfigs(
  { clusterConfig, configPath, namespace }: Settings,
  { clusters, metrics, ...rest }: ConfigHost,
): Pick<Runtime, 'clusterConfigs' | 'fileConfigs'> {
  const host = {
    ...rest,
    registry: { check: (config: unknown) => void parseConfig(config) },
    onRejected: (target: string) => metrics.configRejected(target),
  };
  const options = clusterConfig === true ? {} : clusterConfig;
  return {
    clusterConfigs: options ? new ClusterConfigs({ ...host, options }) : null,
    fileConfigs:
      configPath === undefined
        ? null
        : new FileConfigs({
            ...host,
            path: configPath,
            namespace: () => namespace ?? clusters.defaultNamespace(),
          }),
  };
}

/** Makes what all channels of the process share. */
export function createRuntime(settings: Settings, defaultLogger: Logger, internals: Internals = {}): Runtime {
  const { clock = systemClock, random = Math.random, meterProvider } = settings;
  const logger = settings.logger ?? defaultLogger;
  const log = createTroubleLog(logger, () => clock.now());
  const metrics = new Metrics(() => clock.now(), settings);
  const api = loadTelemetryApi();
  const { namespace, clusterDomain, maxStaleMs } = settings;
  const where = { ...settings.dns, namespace, clusterDomain, maxStaleMs };
  const local = createLocalSources({ ...where, clock, random, logger });
  const open =
    internals.openCluster ??
    ((choice: AccessChoice) =>
      openKubernetesCluster(choice, { settings, logger, metrics, clock, random, local }));
  const { env = process.env } = internals;
  const clusters = new Clusters(open, {
    ...(settings.kubeconfig === undefined ? {} : { kubeconfig: settings.kubeconfig }),
    ...(settings.context === undefined ? {} : { context: settings.context }),
  });
  let dialled = false;
  return {
    settings,
    log,
    clock,
    random,
    now: settings.clock === undefined ? steadyNow : () => clock.now(),
    whereabouts: new Whereabouts({ known: processLocation(settings, env), log, clock }),
    clusters,
    ...createConfigs(settings, { clusters, log, clock, random, metrics }),
    local,
    metrics,
    openChannels: new OpenChannels(() => clock.now()),
    peers: new Peers(),
    loadStreams: new SharedStreams(),
    copies: new CopyCheck(log, clock),
    proxyCheck: new ProxyCheck(log, env),
    outside: createOutside(api),
    // Asked again for each channel: the application's SDK may start after us, and the API hands out a provider that
    // does nothing until then.
    channelMade: () => {
      dialled = true;
      const provider = meterProvider ?? api?.metrics.getMeterProvider();
      if (provider !== undefined) metrics.bind(provider);
    },
    get dialled() {
      return dialled;
    },
    createPipeline: internals.createPipeline ?? createPipeline,
    parseConfig,
    sameConfig,
  };
}
