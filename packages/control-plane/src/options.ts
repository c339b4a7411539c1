import {
  type Clock,
  type EndpointSource,
  type Logger,
  parseTarget,
  type Random,
  silentLogger,
  systemClock,
  type Target,
} from '@fairlead/discovery';
import type { AdminOptions } from './admin/admin-server.js';
import { globalMeterProvider, isMeterProvider, type MeterProvider } from './admin/telemetry.js';
import type { AdsLimits } from './ads/service.js';
import { refused } from './errors.js';
import { isLoopback } from './loopback.js';
import type { TlsFiles } from './security/certificate-files.js';
import type { Reviews } from './security/reviews.js';

/** What clients may ask for. */
export interface ControlPlaneLimits extends AdsLimits {
  /** Targets that are watched at the same time. Further names are not answered. Default 10000. */
  readonly maxTargets: number;
  /** A request that is longer ends its stream (bytes, default 1 MiB). */
  readonly maxRequestBytes: number;
}

export interface ControlPlaneOptions {
  /** Default: `KUBECONFIG`, in-cluster, `~/.kube/config`. */
  readonly kubeconfig?: string | undefined;
  /** Context of the kubeconfig. Default: its current one. */
  readonly context?: string | undefined;
  /** Namespace of names that have none. Default `default`: whose namespace a client is in is not known. */
  readonly namespace?: string | undefined;
  /** DNS domain of the cluster, accepted after `svc` in names. Default `cluster.local`. */
  readonly clusterDomain?: string | undefined;
  /** Serves these namespaces only, each by a watch of its own. Default: all, by one watch of the cluster. */
  readonly namespaces?: readonly string[] | undefined;
  /** Address to listen on (default `127.0.0.1`). One that is not loopback needs `tls`, or both `plaintext` and `open`. */
  readonly host?: string | undefined;
  /** Port to listen on; 0: any (default 18000). */
  readonly port?: number | undefined;
  /** Certificate to serve with. With it clients must be authenticated, unless `open`. Default none: plain text. */
  readonly tls?: TlsFiles | undefined;
  /** Serves in plain text on an address that is not loopback, together with `open` only (default false). */
  readonly plaintext?: boolean | undefined;
  /** Whoever reaches the address sees every Service: clients are not authenticated (default false). */
  readonly open?: boolean | undefined;
  /** Audience that tokens must be for (default `fairlead`). One of its own, so that a token is of no use elsewhere. */
  readonly audience?: string | undefined;
  /** Answers whose a token is and what its holder may see. Default: the API server. */
  readonly reviews?: Reviews | undefined;
  /** Serves health, readiness, metrics, clients and resources over HTTP. Default: not. */
  readonly admin?: AdminOptions | undefined;
  /** Where metrics go. Default: that of the process's OpenTelemetry SDK, if it has started one. */
  readonly meterProvider?: MeterProvider | undefined;
  /** Targets that a wildcard subscription stands for, as names that clients dial. Default none: it is not answered. */
  readonly publish?: readonly string[] | undefined;
  /** How long an endpoint that vanishes without a word stays (ms, default 50; ten times that when most vanish). */
  readonly settleMs?: number | undefined;
  /** After a change further ones of the same target are taken in together, so long after it (ms, default 50). */
  readonly mergeMs?: number | undefined;
  /** A target is watched for so long after its last client has left (ms, default 300000). */
  readonly lingerMs?: number | undefined;
  readonly limits?: Partial<ControlPlaneLimits> | undefined;
  /** Where endpoints come from. Default: the API server, by the process's shared watches. */
  readonly source?: Pick<EndpointSource, 'watch' | 'close'> | undefined;
  /** Default: silent. */
  readonly logger?: Logger | undefined;
  /** Default: the machine's. */
  readonly clock?: Clock | undefined;
  /** Default `Math.random`. */
  readonly random?: Random | undefined;
}

/** Options with their defaults, checked. */
export interface CompleteOptions {
  readonly namespace: string;
  readonly clusterDomain: string;
  readonly namespaces: ReadonlySet<string> | undefined;
  readonly host: string;
  readonly port: number;
  readonly tls: TlsFiles | undefined;
  readonly loopback: boolean;
  /** Clients must say who they are. */
  readonly authenticates: boolean;
  readonly audience: string;
  readonly admin: AdminOptions | undefined;
  readonly meterProvider: MeterProvider | undefined;
  readonly publish: readonly Target[];
  readonly mergeMs: number;
  readonly lingerMs: number;
  readonly limits: ControlPlaneLimits;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Go asks for its clusters one by one, so a client of 100 targets makes some 300 requests at once when it starts; in the
 * long run a client makes one per change.
 */
const LIMITS: ControlPlaneLimits = {
  maxStreams: 10_000,
  maxStreamsPerAddress: 1_000,
  maxNames: 2_000,
  requestRate: { perSecond: 100, burst: 1_000 },
  maxTargets: 10_000,
  maxRequestBytes: 1_048_576,
};

function atLeast(option: string, value: number, least: number): number {
  if (Number.isFinite(value) && value >= least) return value;
  throw refused(option, value, `a number from ${least} up`);
}

function checkedLimits(given: Partial<ControlPlaneLimits>): ControlPlaneLimits {
  const limits = { ...LIMITS, ...given };
  for (const name of [
    'maxStreams',
    'maxStreamsPerAddress',
    'maxNames',
    'maxTargets',
    'maxRequestBytes',
  ] as const) {
    atLeast(`limits.${name}`, limits[name], 1);
  }
  atLeast('limits.requestRate.perSecond', limits.requestRate.perSecond, 1);
  atLeast('limits.requestRate.burst', limits.requestRate.burst, 1);
  return limits;
}

function checkedPort(port: number, option = 'port'): number {
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw refused(option, port, 'an integer from 0 to 65535');
}

function checkedSecurity(
  host: string,
  { tls, plaintext = false, open = false, audience = 'fairlead' }: ControlPlaneOptions,
): Pick<CompleteOptions, 'tls' | 'loopback' | 'authenticates' | 'audience'> {
  const loopback = isLoopback(host);
  if (tls === undefined && !loopback && !(plaintext && open)) {
    throw refused('host', host, 'a loopback address, or any with tls, or with both plaintext and open');
  }
  if (tls !== undefined && plaintext) throw refused('plaintext', true, 'either tls or plaintext');
  if (tls !== undefined && (tls.certFile === '' || tls.keyFile === '')) {
    throw refused('tls', '', 'the paths certFile and keyFile');
  }
  if (audience === '') throw refused('audience', audience, 'a name');
  return { tls, loopback, authenticates: tls !== undefined && !open, audience };
}

/** Throws OPTION_INVALID, and TARGET_INVALID for a name to publish that is none. */
export function completeOptions(options: ControlPlaneOptions): CompleteOptions {
  const { namespace = 'default', clusterDomain = 'cluster.local', host = '127.0.0.1' } = options;
  const security = checkedSecurity(host, options);
  const { admin, meterProvider } = options;
  if (meterProvider !== undefined && !isMeterProvider(meterProvider)) {
    throw refused('meterProvider', meterProvider, 'an object with the function getMeter');
  }
  const { namespaces, publish = [], mergeMs = 50, lingerMs = 300_000, limits = {} } = options;
  if (namespaces?.length === 0)
    throw refused('namespaces', '', 'at least one, or none of this option for all');
  return {
    namespace,
    clusterDomain,
    namespaces: namespaces === undefined ? undefined : new Set(namespaces),
    host,
    port: checkedPort(options.port ?? 18_000),
    ...security,
    admin: admin && { ...admin, port: checkedPort(admin.port, 'admin.port') },
    meterProvider: meterProvider ?? globalMeterProvider(),
    publish: publish.map((name) => parseTarget(`k8s:///${name}`, { namespace, clusterDomain })),
    mergeMs: atLeast('mergeMs', mergeMs, 0),
    lingerMs: atLeast('lingerMs', lingerMs, 0),
    limits: checkedLimits(limits),
    logger: options.logger ?? silentLogger,
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
  };
}
