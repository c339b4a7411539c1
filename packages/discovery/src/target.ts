import { isIP } from 'node:net';
import { DiscoveryError } from './errors.js';

/** The port part of a target: `:8088`, `:grpc`, or nothing. */
export type PortRef =
  | { readonly kind: 'number'; readonly number: number }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'default' };

/** A parsed target: which Service, which port, and how the user wrote it. */
export interface Target {
  /** As written, with the scheme; what errors and sets show. */
  readonly text: string;
  /** The one pod that is meant, by the hostname that the Service's endpoints give it; absent: all of them. */
  readonly hostname?: string;
  readonly service: string;
  readonly namespace: string;
  readonly port: PortRef;
}

/** What a target leaves open. */
export interface TargetDefaults {
  /** Namespace of a target that names none. Default `default`. */
  readonly namespace?: string | undefined;
  /** DNS domain of the cluster, accepted after `svc`. Default `cluster.local`. */
  readonly clusterDomain?: string | undefined;
}

const ACCEPTED =
  'accepted is k8s:///SERVICE[.NAMESPACE[.svc[.DOMAIN]]][:PORT], and HOSTNAME.SERVICE.NAMESPACE… for one pod';
const SCHEME = /^(?:k8s|kubernetes):(.*)$/s;
/** Schemes that gRPC itself knows: without this, `dns:svc` would be read as a Service called dns. */
const FOREIGN_SCHEME = /^(?:dns|ipv4|ipv6|unix|unix-abstract|vsock|xds|passthrough):(?!\d+$)/;
/** RFC 1123 label. Services may begin with a digit since KEP-5311, so RFC 1035 would be too narrow for them. */
const LABEL = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
const DIGITS = /^\d+$/;
/** Long enough for every legal target (63 + 63 + domain + port); a longer text is cut in messages. */
const MAX_TEXT = 600;
const SHOWN_TEXT = 120;

class TargetProblem extends Error {}

function fail(problem: string): never {
  throw new TargetProblem(problem);
}

function label(value: string, what: string): string {
  if (value === '') fail(`${what} is missing; ${ACCEPTED}`);
  if (!LABEL.test(value)) {
    const hint = value !== value.toLowerCase() ? ' (upper case)' : '';
    fail(
      `${what} ${show(value)}${hint} is not a DNS label: accepted are at most 63 of a-z, 0-9 and "-", not "-" at either end`,
    );
  }
  return value;
}

function show(value: string): string {
  return JSON.stringify(value.length > SHOWN_TEXT ? `${value.slice(0, SHOWN_TEXT)}…` : value);
}

function parsePort(text: string | undefined): PortRef {
  if (text === undefined) return { kind: 'default' };
  if (text === '') fail('port is missing after ":"; accepted is a number from 1 to 65535 or a port name');
  if (/^[+-]?\d+$/.test(text)) {
    const number = Number(text);
    if (!DIGITS.test(text) || text.startsWith('0') || number > 65_535) {
      fail(`port ${show(text)} is out of range; accepted is a number from 1 to 65535 or a port name`);
    }
    return { kind: 'number', number };
  }
  if (!LABEL.test(text)) {
    fail(`port name ${show(text)} is not a DNS label: accepted are a-z, 0-9 and "-", or a number`);
  }
  return { kind: 'name', name: text };
}

/** Splits at the one colon and refuses what only looks like `host:port`. */
function splitPort(path: string): [host: string, port: string | undefined] {
  const parts = path.split(':');
  if (isIP(path) !== 0 || isIP(parts[0] ?? '') !== 0 || path.startsWith('[')) {
    fail('it holds an IP address, but a target names a Service; dial addresses with ipv4: or ipv6:');
  }
  if (parts.length > 2) fail(`there is more than one ":"; ${ACCEPTED}`);
  return [parts[0] ?? '', parts[1]];
}

function serviceLabel(value: string): string {
  label(value, 'service name');
  if (DIGITS.test(value)) fail(`service name ${show(value)} is only digits; ${ACCEPTED}`);
  return value;
}

type Place = Pick<Target, 'service' | 'namespace' | 'hostname'>;

function parseService(labels: readonly string[], defaults: Required<TargetDefaults>): Place {
  const [service = '', namespace, , ...rest] = labels;
  serviceLabel(service);
  if (namespace === undefined) {
    return { service, namespace: label(defaults.namespace, 'default namespace') };
  }
  label(namespace, 'namespace');
  const domain = rest.join('.');
  if (domain !== '' && domain !== defaults.clusterDomain) {
    fail(`cluster domain ${show(domain)} is not accepted; expected is ${show(defaults.clusterDomain)}`);
  }
  return { service, namespace };
}

/** Three labels are a pod, its Service and the namespace, unless the third is `svc`. */
function parseHost(host: string, defaults: Required<TargetDefaults>): Place {
  const labels = (host.endsWith('.') ? host.slice(0, -1) : host).split('.');
  const [hostname = '', ...service] = labels;
  if (labels.length < 3 || labels[2] === 'svc') return parseService(labels, defaults);
  if (labels.length > 3 && labels[3] !== 'svc') {
    fail(
      `${show(host)} has "svc" neither as its third label nor, after a pod’s hostname, as its fourth; ${ACCEPTED}`,
    );
  }
  return { hostname: label(hostname, 'hostname'), ...parseService(service, defaults) };
}

/** The text after the scheme's colon: `///path`, `//namespace/service`, or a bare path. */
function parseRest(rest: string, defaults: Required<TargetDefaults>): Omit<Target, 'text'> {
  if (!rest.startsWith('/')) return parsePath(rest, defaults);
  if (rest.startsWith('///')) return parsePath(rest.slice(3), defaults);
  if (!rest.startsWith('//')) fail(`write three slashes: k8s://${rest}`);
  const authority = rest.slice(2).split('/', 1)[0] ?? '';
  const path = rest.slice(2 + authority.length + 1);
  if (authority.startsWith('cluster:')) {
    fail('"k8s://cluster:NAME/…" is reserved and not supported in this version');
  }
  if (authority === '') fail(`service name is missing; ${ACCEPTED}`);
  if (path === '') fail(`write three slashes: k8s:///${authority}`);
  label(authority, 'namespace');
  const [service, port] = splitPort(path);
  if (service.includes('.')) {
    fail(
      `after k8s://NAMESPACE/ comes a plain service name, not ${show(service)}; or write k8s:///${service}`,
    );
  }
  return { service: serviceLabel(service), namespace: authority, port: parsePort(port) };
}

function parsePath(path: string, defaults: Required<TargetDefaults>): Omit<Target, 'text'> {
  if (path === '') fail(`service name is missing; ${ACCEPTED}`);
  const [host, port] = splitPort(path);
  return { ...parseHost(host, defaults), port: parsePort(port) };
}

/** They would break the line of a message, or hide in it. */
const CONTROLS = /[\p{Cc}\u2028\u2029]/u;

/** What no target of any scheme may be: longer than `most` characters, or with characters that cannot be seen. */
export function textProblem(text: string, most: number): string | undefined {
  if (text.length > most) return `it is longer than ${most} characters`;
  return CONTROLS.test(text) ? 'it holds a control character' : undefined;
}

function parse(text: string, defaults: Required<TargetDefaults>): Target {
  const problem = textProblem(text, MAX_TEXT);
  if (problem !== undefined) fail(`${problem}; ${ACCEPTED}`);
  const rest = SCHEME.exec(text)?.[1];
  if (rest !== undefined) return { text, ...parseRest(rest, defaults) };
  const foreign = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text) ?? FOREIGN_SCHEME.exec(text);
  if (foreign !== null) {
    fail(`scheme ${show(foreign[0].split(':', 1)[0] ?? '')} is not one of k8s, kubernetes; ${ACCEPTED}`);
  }
  return { text: `k8s:///${text}`, ...parsePath(text, defaults) };
}

/**
 * Parses `k8s:///SERVICE[.NAMESPACE[.svc[.DOMAIN]]][:PORT]`, the same with `HOSTNAME.` in front (one pod), its aliases `k8s:…` and `kubernetes:///…`,
 * `k8s://NAMESPACE/SERVICE[:PORT]`, and the bare `SERVICE.NAMESPACE:PORT` (read as `k8s:///`).
 * docs/targets.md has the table. Throws `TARGET_INVALID` with one line that names the value and what is accepted.
 */
export function parseTarget(text: string, defaults: TargetDefaults = {}): Target {
  const complete = {
    namespace: defaults.namespace ?? 'default',
    clusterDomain: (defaults.clusterDomain ?? 'cluster.local').replace(/^\.|\.$/g, ''),
  };
  try {
    if (typeof text !== 'string') fail(`it is not a string; ${ACCEPTED}`);
    return parse(text, complete);
  } catch (error) {
    if (!(error instanceof TargetProblem)) throw error;
    throw new DiscoveryError('TARGET_INVALID', `target ${show(String(text))}: ${error.message}`);
  }
}

/**
 * The `:authority` and TLS name of a target: `svc.ns.svc`, of one pod `hostname.svc.ns.svc`, with the port when it is a
 * number (never a port name).
 */
export function targetAuthority(target: Target): string {
  const pod = target.hostname === undefined ? '' : `${target.hostname}.`;
  const host = `${pod}${target.service}.${target.namespace}.svc`;
  return target.port.kind === 'number' ? `${host}:${target.port.number}` : host;
}
