import { type Endpoint, parseDnsTarget, type Timer, type Watch } from '@fairlead/discovery';
import type { ChannelOptions, Grpc, GrpcUri, Resolver, ResolverListener } from '../grpc.js';
import type { Runtime } from '../registration/runtime.js';
import { type ClusterName, type ClusterNames, clusterNameOf } from './cluster-names.js';

/** A class that grpc-js makes resolvers of. */
export type ResolverClass = Parameters<Grpc['experimental']['registerResolver']>[1];

/** What resolvers of plain targets share. */
export interface PlainHost {
  readonly runtime: Runtime;
  readonly names: ClusterNames;
  /** Our own, for names of the cluster. */
  readonly Own: ResolverClass;
  /** The one that grpc-js has for the scheme, for everything else. */
  readonly Foreign: ResolverClass;
}

/** How long DNS may take to say what a short name means; grpc-js's own resolver is asked then. */
const MEANING_MS = 2_000;

/**
 * The resolver that grpc-js has for the scheme `dns`; must be asked before ours is registered for it. It is only
 * known by what it makes: the class itself is not exported.
 */
export function dnsResolverOf({ experimental }: Grpc): ResolverClass {
  const uri: GrpcUri = { scheme: 'dns', path: '127.0.0.1:1' };
  return experimental.createResolver(uri, () => true, {}).constructor as ResolverClass;
}

/** The name of the cluster that a target may be; those with an authority name a DNS server and are none. */
function nameOf(uri: GrpcUri, { names, runtime }: PlainHost): ClusterName | undefined {
  if (uri.authority !== undefined && uri.authority !== '') return undefined;
  return clusterNameOf(uri.path, { names, clusterDomain: runtime.settings.clusterDomain });
}

/**
 * The resolver of a target without a scheme of ours: names of the cluster are served as `k8s:///` serves them, and
 * everything else goes to the resolver that grpc-js has. What a short name means is asked of DNS, as the machine's
 * own resolver would: it is one of the cluster if the search list makes it one.
 */
export class PlainResolver implements Resolver {
  private readonly host: PlainHost;
  private readonly own: Resolver | null;
  private readonly foreign: Resolver | null;
  private readonly asked: ClusterName | null;
  private chosen: Resolver | null;
  private watch: Watch | null = null;
  private timer: Timer | null = null;

  constructor(host: PlainHost, uri: GrpcUri, listener: ResolverListener, options: ChannelOptions) {
    const name = nameOf(uri, host);
    this.host = host;
    const own = (path: string): Resolver =>
      new host.Own({ scheme: 'k8s', authority: '', path }, listener, options);
    this.own = name === undefined ? null : own(name.path);
    this.foreign = name?.certain === true ? null : new host.Foreign(uri, listener, options);
    this.asked = name?.certain === false ? name : null;
    this.chosen = this.asked === null ? (this.own ?? this.foreign) : null;
  }

  updateResolution(): void {
    if (this.chosen !== null) this.chosen.updateResolution();
    else if (this.watch === null) this.ask();
  }

  destroy(): void {
    this.endAsking();
    this.chosen?.destroy();
    // What a short name means is asked again after idleness.
    if (this.asked !== null) this.chosen = null;
  }

  private ask(): void {
    const { local, clock, settings } = this.host.runtime;
    const { host, port } = this.asked as ClusterName;
    const inCluster = ([first]: readonly Endpoint[]): boolean =>
      first?.slice.endsWith(`.svc.${settings.clusterDomain}`) === true;
    this.timer = clock.setTimeout(() => this.choose(this.foreign), MEANING_MS);
    this.timer.unref();
    this.watch = this.host.runtime.outside(() =>
      local.dns.watch(
        parseDnsTarget(`headless:///${host}:${port}`),
        {
          onSet: ({ endpoints }) => this.choose(inCluster(endpoints) ? this.own : this.foreign),
          onState: ({ kind }) => kind === 'unknown' && this.choose(this.foreign),
        },
        { ref: false },
      ),
    );
  }

  private choose(resolver: Resolver | null): void {
    this.endAsking();
    this.chosen = resolver;
    resolver?.updateResolution();
  }

  private endAsking(): void {
    this.timer?.cancel();
    this.timer = null;
    this.watch?.close();
    this.watch = null;
  }
}
