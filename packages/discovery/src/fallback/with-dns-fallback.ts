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

/**
 * A cluster whose targets are looked up in DNS where its API server cannot be asked. Without credentials (a pod with
 * `automountServiceAccountToken: false`) DNS is asked for all of them.
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
    const namespace = namespaceOfPod(options.clusterDomain);
    return { namespace, server: '', source: createFallbackSource({ ...options, primary: error }) };
  }
}
