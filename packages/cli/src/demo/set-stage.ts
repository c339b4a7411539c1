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
import type { Screen } from './screen.js';
import type { Clients, Stage } from './stage.js';
import { startTimeline } from './timeline.js';
import { createTraffic } from './traffic.js';
import { until } from './until.js';
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

/** The stage with what must be closed after the story. */
export interface SetStage {
  readonly stage: Stage;
  close(): Promise<void>;
}

export interface StageOptions {
  readonly cluster: DemoCluster;
  readonly manifest: string;
  readonly screen: Screen;
  /** Is told the follower as soon as there is one, so that the screen can name pods. */
  readonly onFollower: (follower: Follower) => void;
}

/** Applies the manifest, waits for the pods and makes the clients. */
export async function setStage({ cluster, manifest, screen, onFollower }: StageOptions): Promise<SetStage> {
  const access = loadAccess({ kubeconfig: cluster.kubeconfig });
  const client = createKubeClient(access);
  const connections = createConnectionMeter();
  // What the claims say is shown there; the log would write into the chart.
  register({ kubeconfig: cluster.kubeconfig, meterProvider: connections.provider, logger: silentLogger });
  await cluster.apply(manifest);
  const timeline = startTimeline(client);
  const endpoints = followEndpoints(TARGET, cluster.kubeconfig);
  onFollower(endpoints);
  const ready = until(`${PODS_AT_START} pods are ready`, () => endpoints.usable.length === PODS_AT_START);
  await screen.progress(`${PODS_AT_START} pods of a headless Service get ready`, ready);
  const vip = await virtualIp(client);
  const clients = createClients(vip, cluster.dns);
  const workload = createWorkload(client);
  const { dns, faults } = cluster;
  return {
    stage: { client, dns, vip, faults, clients, connections, endpoints, timeline, workload, screen },
    async close() {
      await Promise.all(Object.values(clients).map((traffic) => traffic.close()));
      endpoints.close();
      timeline.close();
      client.close();
    },
  };
}
