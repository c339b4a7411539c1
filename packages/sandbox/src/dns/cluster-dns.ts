import type { ClusterApi } from '../api/store.js';
import { createClusterView } from '../cluster-view/cluster-view.js';
import { type DnsServer, startDnsServer } from './server.js';
import { createZone, type Shuffle } from './zone.js';

export interface ClusterDnsOptions {
  readonly api: ClusterApi;
  /** Loopback address to serve on. */
  readonly host: string;
  /** Cluster domain. Default `cluster.local`. */
  readonly domain?: string;
  /** Epoch ms. Default the machine's clock. */
  readonly now?: () => number;
  /** A number in [0, 1), for the order of address records. Default Math.random. */
  readonly random?: () => number;
}

function shuffler(random: () => number): Shuffle {
  return (items) => {
    for (let i = items.length - 1; i > 0; i--) {
      const j = Math.floor(random() * (i + 1));
      [items[i], items[j]] = [items[j]!, items[i]!];
    }
    return items;
  };
}

/** Starts the cluster DNS: the zone of Services and EndpointSlices, live, over UDP and TCP. */
export async function startClusterDns(options: ClusterDnsOptions): Promise<DnsServer> {
  const { api, host, domain, now = Date.now, random = Math.random } = options;
  const view = createClusterView(api);
  try {
    const zone = createZone({
      view,
      nameserver: host,
      now,
      shuffle: shuffler(random),
      ...(domain ? { domain } : {}),
    });
    const server = await startDnsServer(zone, host);
    return {
      host: server.host,
      port: server.port,
      close() {
        view.close();
        return server.close();
      },
    };
  } catch (error) {
    view.close();
    throw error;
  }
}
