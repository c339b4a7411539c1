import { type AnyTarget, authorityOf, parseAnyTarget } from './any-target.js';
import { systemClock } from './clock.js';
import { createDnsSource, type DnsSourceOptions } from './dns/source.js';
import type { DnsTarget } from './dns/target.js';
import { createFileSource } from './file/source.js';
import type { FileTarget } from './file/target.js';
import { silentLogger } from './logger.js';
import type { EndpointObserver, EndpointSource, Watch } from './source.js';
import { createStaticSource } from './static/source.js';
import type { StaticTarget } from './static/target.js';
import { parseTarget, type Target, type TargetDefaults, targetAuthority } from './target.js';

/** The sources that need no cluster. Making them sends and opens nothing. */
export interface LocalSources {
  readonly dns: EndpointSource<DnsTarget>;
  readonly static: EndpointSource<StaticTarget>;
  readonly file: EndpointSource<FileTarget>;
}

/** Makes the sources of the schemes `headless`, `static` and `file`. Throws OPTION_INVALID. */
export function createLocalSources(options: DnsSourceOptions = {}): LocalSources {
  const { clock = systemClock, logger = silentLogger } = options;
  return {
    dns: createDnsSource(options),
    static: createStaticSource({ clock, logger }),
    file: createFileSource({ clock, logger }),
  };
}

/** An API server as targets need it. */
export interface ClusterSource {
  /** Namespace of targets that name none. */
  readonly namespace: string;
  /** `https://host:port`; empty where there are no credentials and DNS stands in. */
  readonly server: string;
  readonly source: EndpointSource;
}

export interface TargetOpener extends TargetDefaults {
  /** Called for Kubernetes targets only; throws ACCESS_INVALID. */
  readonly cluster: () => ClusterSource;
  readonly local: LocalSources;
}

/** A target with the source that answers for it. */
export interface OpenedTarget {
  /** As written. */
  readonly text: string;
  /** `:authority` and TLS name. */
  readonly authority: string;
  readonly kind: AnyTarget['kind'];
  /** Who is asked, for messages: `the API server https://host:port`, `DNS`. */
  readonly asked: string;
  /** For a target of a cluster: the Service that it names. */
  readonly service?: Target;
  watch(observer: EndpointObserver, options?: { readonly ref?: boolean }): Watch;
}

/** Parses a target of any scheme and finds its source; starts nothing. Throws TARGET_INVALID and ACCESS_INVALID. */
export function openTarget(text: string, opener: TargetOpener): OpenedTarget {
  const { clusterDomain, local } = opener;
  // The text is checked before any credentials are looked for: a typo must not be answered with "no kubeconfig".
  const parsed = parseAnyTarget(text, { namespace: opener.namespace, clusterDomain });
  const common = { text: parsed.target.text, kind: parsed.kind };
  switch (parsed.kind) {
    case 'kubernetes': {
      const cluster = opener.cluster();
      const target = parseTarget(text, { namespace: opener.namespace ?? cluster.namespace, clusterDomain });
      return {
        ...common,
        authority: targetAuthority(target),
        asked: cluster.server === '' ? 'DNS' : `the API server ${cluster.server}`,
        service: target,
        watch: (observer, options) => cluster.source.watch(target, observer, options),
      };
    }
    case 'dns':
      return {
        ...common,
        authority: authorityOf(parsed),
        asked: 'DNS',
        watch: (observer, options) => local.dns.watch(parsed.target, observer, options),
      };
    case 'static':
      return {
        ...common,
        authority: authorityOf(parsed),
        asked: 'the target itself',
        watch: (observer, options) => local.static.watch(parsed.target, observer, options),
      };
    case 'file':
      return {
        ...common,
        authority: authorityOf(parsed),
        asked: `the file ${parsed.target.path}`,
        watch: (observer, options) => local.file.watch(parsed.target, observer, options),
      };
  }
}
