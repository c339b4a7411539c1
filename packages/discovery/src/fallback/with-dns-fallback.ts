import { readFileSync } from 'node:fs';
import type { Clock } from '../clock.js';
import { parseResolvConf } from '../dns/resolver-config.js';
import type { DnsTarget } from '../dns/target.js';
import { DiscoveryError } from '../errors.js';
import type { Logger } from '../logger.js';
import type { ClusterSource } from '../open-target.js';
import type { EndpointSource } from '../source.js';
import { createFallbackSource } from './source.js';

export interface DnsFallbackOptions {
  readonly dns: EndpointSource<DnsTarget>;
  /** DNS domain of the cluster. */
  readonly clusterDomain: string;
  readonly clock?: Clock | undefined;
  readonly logger?: Logger | undefined;
}

/** The namespace of a pod, as its search list begins: `NAMESPACE.svc.DOMAIN`. */
function namespaceOfPod(clusterDomain: string): string {
  try {
    const { search } = parseResolvConf(readFileSync('/etc/resolv.conf', 'utf8'));
    const end = `.svc.${clusterDomain}`;
    return search.find((domain) => domain.endsWith(end))?.slice(0, -end.length) ?? 'default';
  } catch {
    return 'default';
  }
}

function asDiscoveryError(error: unknown): DiscoveryError {
  if (error instanceof DiscoveryError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new DiscoveryError('ACCESS_INVALID', message, { cause: error });
}

/**
 * A cluster whose targets are looked up in DNS where its API server cannot be asked. Without credentials (a pod with
 * `automountServiceAccountToken: false`) DNS is asked for all of them, and credentials are looked for every 30 s while
 * somebody watches: once they are there the cluster is what they lead to, for targets that are opened then, too.
 */
export function withDnsFallback<T extends ClusterSource>(
  open: () => T,
  options: DnsFallbackOptions,
): T | ClusterSource {
  try {
    const cluster = open();
    return { ...cluster, source: createFallbackSource({ ...options, primary: cluster.source }) };
  } catch (error) {
    if (!(error instanceof DiscoveryError) || error.code !== 'ACCESS_INVALID') throw error;
    const reopen = (): EndpointSource | DiscoveryError => {
      try {
        const { source: primary, ...found } = open();
        Object.assign(cluster, found);
        return primary;
      } catch (cause) {
        return asDiscoveryError(cause);
      }
    };
    const source = createFallbackSource({ ...options, primary: error, reopen });
    const cluster: ClusterSource = { namespace: namespaceOfPod(options.clusterDomain), server: '', source };
    return cluster;
  }
}
