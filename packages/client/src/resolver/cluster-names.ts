import { isIP } from 'node:net';

/** Which plain targets are served as `k8s:///` is: all names of the cluster, or those that a pattern matches. */
export type ClusterNames = true | readonly string[];

/** A plain target that is, or may be, the name of a Service. */
export interface ClusterName {
  /** As the path of a `k8s:///` target, with a port. */
  readonly path: string;
  /** Short names may as well be names of something else: what they mean must be looked up. */
  readonly certain: boolean;
  /** The name and the port as they are looked up. */
  readonly host: string;
  readonly port: number;
}

/** What the option takes, for messages. */
export const CLUSTER_NAMES_ACCEPTED = 'true, or a list of names in which * stands for anything, as "*.svc"';
const PATTERN = /^[a-z0-9.*-]+$/;

/** True for a value that the option takes. */
export function isClusterNames(value: unknown): boolean {
  if (value === true) return true;
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((each) => typeof each === 'string' && PATTERN.test(each))
  );
}

/** grpc-js dials this port when a target of its `dns` scheme has none. */
const DEFAULT_PORT = 443;
const LABEL = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

function matches(host: string, pattern: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll('.', '\\.'));
  return new RegExp(`^${parts.join('.*')}$`).test(host);
}

/**
 * Says whether the path of a `dns` target is the name of a Service: `svc.ns.svc[.DOMAIN]` for certain, `svc` and
 * `svc.ns` perhaps. Undefined for anything else, for addresses and for `localhost`.
 */
export function clusterNameOf(
  path: string,
  wanted: { readonly names: ClusterNames; readonly clusterDomain: string },
): ClusterName | undefined {
  const [, written = '', digits] = /^([^:[\]]+)(?::(\d{1,5}))?$/.exec(path) ?? [];
  const host = written.toLowerCase().replace(/\.$/, '');
  const port = digits === undefined ? DEFAULT_PORT : Number(digits);
  if (port < 1 || port > 65_535 || isIP(host) !== 0 || /(^|\.)localhost$/.test(host)) return undefined;
  const end = `.${wanted.clusterDomain}`;
  const short = host.endsWith(`.svc${end}`) ? host.slice(0, -end.length) : host;
  const labels = short.split('.');
  const certain = labels.length === 3 && labels[2] === 'svc';
  // A name that ends in a dot is absolute: a short one is none of the cluster.
  const perhaps = labels.length <= 2 && !written.endsWith('.');
  if ((!certain && !perhaps) || !labels.every((label) => LABEL.test(label))) return undefined;
  const name = { path: `${short}:${port}`, host, port };
  if (wanted.names === true) return { ...name, certain };
  const named = wanted.names.some((pattern) => matches(host, pattern) || matches(short, pattern));
  return named ? { ...name, certain: true } : undefined;
}
