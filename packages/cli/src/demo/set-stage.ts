import { Resolver } from 'node:dns/promises';
import { register } from '@fairlead/client';
import { silentLogger } from '@fairlead/discovery';
import {
  createKubeClient,
  type KubeClient,
  type KubeObject,
  loadAccess,
  type ResourceRef,
} from '@fairlead/discovery/kubernetes';
import type { ClusterDns, DemoCluster } from './cluster.js';
import { createConnectionMeter } from './connection-meter.js';
import { type Follower, followEndpoints } from './follower.js';
import { DNS_NAME, NAMESPACE, PORT, podOfReply, SAY, TARGET, VIP_SERVICE } from './names.js';
import { reach } from './reach.js';
import type { Screen } from './screen.js';
import type { Clients, Stage } from './stage.js';
import { startTimeline } from './timeline.js';
import { createTraffic } from './traffic.js';
import type { Waits } from './waits.js';
import { createWorkload } from './workload.js';

const SERVICES: ResourceRef = { group: '', version: 'v1', resource: 'services' };
const ROUND_ROBIN = JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] });
const RETRY = JSON.stringify({
  methodConfig: [
    {
      name: [{}],
      retryPolicy: {
        maxAttempts: 4,
        initialBackoff: '0.05s',
        maxBackoff: '0.5s',
        backoffMultiplier: 2,
        retryableStatusCodes: ['UNAVAILABLE'],
      },
    },
  ],
});
const PODS_AT_START = 4;

async function virtualIp(client: KubeClient): Promise<string> {
  const service = await client.get<KubeObject>(SERVICES, VIP_SERVICE, { namespace: NAMESPACE });
  return (service.spec as { clusterIP: string }).clusterIP;
}

function createClients(vip: string, dns: ClusterDns): Clients {
  const serviceConfig = (config: string) => ({ 'grpc.service_config': config });
  return {
    clusterIp: createTraffic({
      name: 'ClusterIP',
      target: `${vip}:${PORT}`,
      method: SAY,
      answeredBy: podOfReply,
    }),
    ...('server' in dns
      ? {
          dns: createTraffic({
            name: 'dns:///',
            target: `dns://${dns.server}/${DNS_NAME}:${PORT}`,
            method: SAY,
            clientOptions: serviceConfig(ROUND_ROBIN),
          }),
        }
      : {}),
    fairlead: createTraffic({ name: 'Fairlead', target: TARGET, method: SAY }),
    retrying: createTraffic({
      name: 'Fairlead with retry',
      target: TARGET,
      method: SAY,
      clientOptions: serviceConfig(RETRY),
    }),
  };
}

function srvResolver(dns: ClusterDns): Stage['resolveSrv'] {
  const resolver = new Resolver({ timeout: 2_000, tries: 3 });
  if ('server' in dns) resolver.setServers([dns.server]);
  return (name) => resolver.resolveSrv(name);
}

/** The stage with what must be closed after the story. */
export interface SetStage {
  readonly stage: Stage;
  close(): Promise<void>;
}

export interface StageOptions {
  readonly cluster: DemoCluster;
  readonly manifest: string;
  readonly screen: Screen;
  readonly waits: Waits;
  /** Is told the follower as soon as there is one, so that the screen can name pods. */
  readonly onFollower: (follower: Follower) => void;
}

/** What is open, so that all of it is closed again, wherever the setting of the stage ends. */
class Closers {
  readonly #closers: (() => unknown)[] = [];

  add<T extends { close(): unknown }>(resource: T): T {
    this.#closers.push(() => resource.close());
    return resource;
  }

  async close(): Promise<void> {
    await Promise.all(this.#closers.map((close) => close()));
  }
}

async function build(options: StageOptions, open: Closers): Promise<Stage> {
  const { cluster, manifest, screen, waits, onFollower } = options;
  const { dns, faults, kubeconfig } = cluster;
  const client = open.add(createKubeClient(loadAccess({ kubeconfig })));
  const connections = createConnectionMeter();
  // What the claims say is shown there; the log would write into the chart.
  register({ kubeconfig, meterProvider: connections.provider, logger: silentLogger });
  await cluster.apply(manifest);
  const timeline = open.add(startTimeline(client));
  const endpoints = open.add(followEndpoints(TARGET, kubeconfig));
  onFollower(endpoints);
  const what = `${PODS_AT_START} pods of a headless Service get ready`;
  await screen.progress(
    what,
    waits.until(what, () => endpoints.usable.length === PODS_AT_START),
  );
  const address = await virtualIp(client);
  const vip = await reach(address);
  const clients = createClients(address, dns);
  for (const traffic of Object.values(clients)) open.add(traffic);
  const workload = createWorkload(client);
  const resolveSrv = srvResolver(dns);
  return { dns, resolveSrv, vip, faults, clients, connections, endpoints, timeline, workload, screen, waits };
}

/** Applies the manifest, waits for the pods and makes the clients. */
export async function setStage(options: StageOptions): Promise<SetStage> {
  const open = new Closers();
  try {
    return { stage: await build(options, open), close: () => open.close() };
  } catch (error) {
    await open.close();
    throw error;
  }
}
