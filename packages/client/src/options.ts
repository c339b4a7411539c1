import { show } from '@fairlead/balancing';
import {
  type Clock,
  type DnsOptions,
  type Logger,
  type Random,
  WATCH_SCOPES,
  type WatchScope,
} from '@fairlead/discovery';
import type { ClusterConfigOptions } from './cluster-config/cluster-configs.js';
import type { AccessChoice } from './clusters/clusters.js';
import { ClientError } from './errors.js';
import type { ChannelOptions } from './grpc.js';
import { CLUSTER_NAMES_ACCEPTED, type ClusterNames, isClusterNames } from './resolver/cluster-names.js';
import type { MeterProvider } from './telemetry/api.js';

/** A policy: the name of a pick (`leastRequest`, `roundRobin`), or the `fairlead` config as an object or as JSON. */
export type Policy = string | Readonly<Record<string, unknown>>;

/** A module of grpc-js, as `import * as grpc` or `require()` gives it. */
export interface GrpcModule {
  readonly experimental: object;
}

/** Options of register(). All of them hold for the process; channel options are stronger. */
export interface RegisterOptions {
  /** A further copy of grpc-js that shall know the schemes. Default: only the copy that this package resolves to. */
  readonly grpc?: GrpcModule;
  /** Path (or list of paths) of a kubeconfig. Default: `KUBECONFIG`, in-cluster files, `~/.kube/config`. */
  readonly kubeconfig?: string;
  /** Context of the kubeconfig. Default: its `current-context`. */
  readonly context?: string;
  /** Namespace of targets that name none. Default: the context's, or the pod's own, or `default`. */
  readonly namespace?: string;
  /** DNS domain of the cluster, accepted at the end of a target. Default `cluster.local`. */
  readonly clusterDomain?: string;
  /** Zone that this process runs in, for hints and `preferZone`. Default: `FAIRLEAD_ZONE`, else by the pod's labels, else by its node. */
  readonly zone?: string;
  /** Name of the node that this process runs on: hints may be for nodes. Default: `FAIRLEAD_NODE`, else not known. */
  readonly node?: string;
  /**
   * Path of a file with the labels of this pod, as the downward API mounts them: they may name the zone. Default:
   * `FAIRLEAD_POD_LABELS`, else `/etc/podinfo/labels`.
   */
  readonly podLabelsPath?: string;
  /** Policy of channels that name none. Default `loadAware`: `leastRequest` while servers do not report their load. */
  readonly policy?: Policy;
  /** Where and how often names are looked up, for `headless:///` and the fallback. */
  readonly dns?: DnsOptions;
  /** `dns`: ask DNS where the API server cannot be asked. Default: do not. */
  readonly fallback?: 'dns';
  /**
   * Serves plain targets (`svc.ns.svc.cluster.local:8088`) that are names of the cluster as `k8s:///` is served, for
   * libraries that refuse a scheme: all of them, or those that a pattern like `*.svc` matches. Default: none.
   */
  readonly clusterNames?: ClusterNames;
  /**
   * Takes policy and methodConfig from annotations of the Service, and from a ConfigMap if one is named, as they change.
   * What the application says itself is stronger. Default: no.
   */
  readonly clusterConfig?: boolean | ClusterConfigOptions;
  /**
   * Takes policy and methodConfig from a folder with a file for each key, as a ConfigMap is mounted into a pod, or from
   * one file of YAML, as they change. The application, annotations and `clusterConfig`'s ConfigMap are stronger. Default:
   * none.
   */
  readonly configPath?: string;
  /** How much one watch of the API server covers. Default `auto`: a Service, its namespace from 20 Services on. */
  readonly watchScope?: WatchScope;
  /** How long a vanished endpoint is kept before its removal is believed (ms). Default 50. */
  readonly settleMs?: number;
  /** How long calls wait for the first answer of the API server before they fail (ms). Default 5000. */
  readonly firstAnswerMs?: number;
  /** How long a watch goes on after its last channel closed or went idle (ms). Default 30000. */
  readonly lingerMs?: number;
  /** How long endpoints that cannot be refreshed are used (ms); then calls fail. Default: for ever. */
  readonly maxStaleMs?: number;
  /** Default: grpc-js's own logging (`GRPC_VERBOSITY`, `grpc.setLogger`). */
  readonly logger?: Logger;
  /** Where metrics go. Default: the global OpenTelemetry API if the application has it, else nowhere. */
  readonly meterProvider?: MeterProvider;
  /** Counts `fairlead.lb.picks` by endpoint too: a time series per pod. Default false: by target and zone. */
  readonly picksByEndpoint?: boolean;
  /** Default: the clock of the machine. */
  readonly clock?: Clock;
  /** Default `Math.random`. */
  readonly random?: Random;
}

/** The options without those of one copy, with every default filled in that has one. */
export interface Settings extends Omit<RegisterOptions, 'grpc'> {
  readonly clusterDomain: string;
  readonly settleMs: number;
  readonly firstAnswerMs: number;
  readonly lingerMs: number;
  readonly maxStaleMs: number;
  readonly picksByEndpoint: boolean;
}

type OptionName = Exclude<keyof RegisterOptions, 'grpc'>;
type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string' && value !== '';
/** RFC 1123 label, as Kubernetes names namespaces. */
const LABEL = '[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?';
const isNamespace: Check = (value) => typeof value === 'string' && new RegExp(`^${LABEL}$`).test(value);
/** A dot at either end does no harm: it is cut where targets are read. */
const DOMAIN = new RegExp(`^\\.?${LABEL}(?:\\.${LABEL})*\\.?$`);
const isDomain: Check = (value) => typeof value === 'string' && value.length <= 253 && DOMAIN.test(value);
const isMs: Check = (value) => typeof value === 'number' && value >= 0 && !Number.isNaN(value);
const isFiniteMs: Check = (value) => isMs(value) && value !== Number.POSITIVE_INFINITY;
const has =
  (...methods: string[]): Check =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    methods.every((name) => typeof Reflect.get(value, name) === 'function');

const DNS_FIELDS: Readonly<Record<keyof DnsOptions, Check>> = {
  servers: (value) => Array.isArray(value) && value.length > 0 && value.every(isText),
  resolvConf: isText,
  minTtlMs: isFiniteMs,
  maxTtlMs: isFiniteMs,
};
const DNS_ACCEPTED =
  'an object with servers (a list of IP or IP:PORT), resolvConf (a path), minTtlMs and maxTtlMs (milliseconds ≥ 0)';
const isDnsOptions: Check = (value) =>
  typeof value === 'object' &&
  value !== null &&
  Object.entries(value).every(
    ([name, field]) =>
      field === undefined || (Object.hasOwn(DNS_FIELDS, name) && DNS_FIELDS[name as keyof DnsOptions](field)),
  );

/** RFC 1123 subdomain, as Kubernetes names ConfigMaps, with a namespace before it or not. */
const CONFIG_MAP = new RegExp(`^(?:${LABEL}/)?${LABEL}(?:\\.${LABEL})*$`);
const isClusterConfig: Check = (value) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return typeof value === 'boolean';
  return Object.entries(value).every(
    ([name, each]) =>
      each === undefined || (name === 'configMap' && typeof each === 'string' && CONFIG_MAP.test(each)),
  );
};

const TEXT = { check: isText, accepted: 'a non-empty string' };
const MS = { check: isFiniteMs, accepted: 'milliseconds ≥ 0' };

const ACCEPTED: Readonly<Record<OptionName, { readonly check: Check; readonly accepted: string }>> = {
  kubeconfig: TEXT,
  context: TEXT,
  namespace: {
    check: isNamespace,
    accepted: 'a name of at most 63 lower-case letters, digits and "-", such as shop',
  },
  clusterDomain: {
    check: isDomain,
    accepted: 'a DNS domain in lower case, such as cluster.local',
  },
  zone: TEXT,
  node: TEXT,
  podLabelsPath: { check: isText, accepted: 'a path of a file' },
  policy: {
    check: (value) => isText(value) || (typeof value === 'object' && value !== null && !Array.isArray(value)),
    accepted: 'the name of a pick, or the fairlead config as an object or JSON',
  },
  dns: { check: isDnsOptions, accepted: DNS_ACCEPTED },
  fallback: { check: (value) => value === 'dns', accepted: 'dns' },
  clusterNames: { check: isClusterNames, accepted: CLUSTER_NAMES_ACCEPTED },
  clusterConfig: {
    check: isClusterConfig,
    accepted: 'true, false, or {configMap: "NAME"} or {configMap: "NAMESPACE/NAME"}',
  },
  configPath: { check: isText, accepted: 'a path of a folder or file' },
  watchScope: {
    check: (value) => WATCH_SCOPES.some((scope) => scope === value),
    accepted: WATCH_SCOPES.join(', '),
  },
  settleMs: MS,
  firstAnswerMs: MS,
  lingerMs: MS,
  maxStaleMs: { check: isMs, accepted: 'milliseconds ≥ 0, or Infinity' },
  logger: {
    check: has('debug', 'info', 'warn', 'error'),
    accepted: 'an object with debug, info, warn and error',
  },
  meterProvider: { check: has('getMeter'), accepted: 'an object with getMeter' },
  picksByEndpoint: { check: (value) => typeof value === 'boolean', accepted: 'true or false' },
  clock: { check: has('now', 'setTimeout'), accepted: 'an object with now and setTimeout' },
  random: { check: (value) => typeof value === 'function', accepted: 'a function' },
};

function isOptionName(name: string): name is OptionName {
  return Object.hasOwn(ACCEPTED, name);
}

/** Checks the options of register() and fills in the defaults. */
export function readSettings(options: RegisterOptions): Settings {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new ClientError(
      'OPTION_INVALID',
      `register: got ${show(options)}, accepted: an object with options`,
    );
  }
  for (const [name, value] of Object.entries(options)) {
    if (name === 'grpc' || value === undefined) continue;
    if (!isOptionName(name)) {
      throw new ClientError(
        'OPTION_INVALID',
        `register option ${name} is unknown; accepted: grpc, ${Object.keys(ACCEPTED).join(', ')}`,
      );
    }
    const { check, accepted } = ACCEPTED[name];
    if (!check(value)) {
      throw new ClientError(
        'OPTION_INVALID',
        `register option ${name}: got ${show(value)}, accepted: ${accepted}`,
      );
    }
  }
  const { grpc: _copy, ...rest } = options;
  return {
    ...rest,
    clusterDomain: rest.clusterDomain ?? 'cluster.local',
    settleMs: rest.settleMs ?? 50,
    firstAnswerMs: rest.firstAnswerMs ?? 5_000,
    lingerMs: rest.lingerMs ?? 30_000,
    maxStaleMs: rest.maxStaleMs ?? Number.POSITIVE_INFINITY,
    picksByEndpoint: rest.picksByEndpoint ?? false,
  };
}

/** Objects that are written anew for each call are compared by what they say. */
const BY_CONTENT: ReadonlySet<OptionName> = new Set(['policy', 'dns', 'clusterNames', 'clusterConfig']);

/** The first option in which two settings differ, or null. */
export function differingOption(a: Settings, b: Settings): string | null {
  const same = (name: OptionName): boolean => {
    if (a[name] === b[name]) return true;
    return BY_CONTENT.has(name) && JSON.stringify(a[name]) === JSON.stringify(b[name]);
  };
  return (
    Object.keys(ACCEPTED)
      .filter(isOptionName)
      .find((name) => !same(name)) ?? null
  );
}

/** What a channel says for itself. */
export interface OwnOptions extends AccessChoice {
  readonly policy?: unknown;
  readonly zone?: string;
  readonly node?: string;
}

const CHANNEL_PREFIX = 'fairlead.';
const CHANNEL_OPTIONS: readonly string[] = ['kubeconfig', 'context', 'policy', 'zone', 'node'].map(
  (name) => CHANNEL_PREFIX + name,
);

function text(options: ChannelOptions, name: string): string | undefined {
  const value: unknown = options[name];
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value !== '') return value;
  throw new ClientError(
    'OPTION_INVALID',
    `channel option ${name}: got ${show(value)}, accepted: a non-empty string`,
  );
}

/** Reads the channel options `fairlead.*`. All are strings: grpc-js compares channel options by `===`. */
export function readChannelOptions(options: ChannelOptions): OwnOptions {
  const unknown = Object.keys(options).find(
    (name) => name.startsWith(CHANNEL_PREFIX) && !CHANNEL_OPTIONS.includes(name),
  );
  if (unknown !== undefined) {
    throw new ClientError(
      'OPTION_INVALID',
      `channel option ${unknown} is unknown; accepted: ${CHANNEL_OPTIONS.join(', ')}`,
    );
  }
  const kubeconfig = text(options, 'fairlead.kubeconfig');
  const context = text(options, 'fairlead.context');
  const policy = text(options, 'fairlead.policy');
  const zone = text(options, 'fairlead.zone');
  const node = text(options, 'fairlead.node');
  return {
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
    ...(policy === undefined ? {} : { policy }),
    ...(zone === undefined ? {} : { zone }),
    ...(node === undefined ? {} : { node }),
  };
}
