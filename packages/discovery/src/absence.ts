import { type Absence, type EndpointSet, type EndpointSetState, hasUsableEndpoint } from './endpoint-set.js';
import type { DiscoveryError, DiscoveryErrorCode } from './errors.js';
import { oneLine } from './one-line.js';
import type { PortRef, Target } from './target.js';

/** A port as a message shows it: `tcp (8088 → 8080)`, `metrics (9090)`. */
export interface KnownPort {
  readonly name: string;
  /** Port of the Service, or of the slice when the Service was not read. */
  readonly port: number | string;
  /** Where it leads when that is another number or a name. */
  readonly targetPort?: number | string;
}

/** The advice of a 403 with the target that it is about. */
function withTarget(message: string, { text }: Pick<Target, 'text'>): string {
  return message.replace('--rbac TARGET', `--rbac ${text}`);
}

/** Ports shown in one message; a Service may have 100. */
const SHOWN_PORTS = 10;

/** A name of a port has 63 characters at most, but nobody has checked it here. */
const SHOWN_NAME = 80;

function showPort({ name, port, targetPort }: KnownPort): string {
  const arrow =
    targetPort === undefined || String(targetPort) === String(port)
      ? ''
      : ` → ${oneLine(String(targetPort), SHOWN_NAME)}`;
  return name === '' ? `${port}${arrow}` : `${oneLine(name, SHOWN_NAME)} (${port}${arrow})`;
}

function listPorts(ports: readonly KnownPort[]): string {
  if (ports.length === 0) return 'no ports';
  const more = ports.length > SHOWN_PORTS ? `, and ${ports.length - SHOWN_PORTS} more` : '';
  return ports.slice(0, SHOWN_PORTS).map(showPort).join(', ') + more;
}

function wanted(port: PortRef): string {
  if (port.kind === 'number') return `no port ${port.number}`;
  if (port.kind === 'name') return `no port ${port.name}`;
  return 'no port in the target and none named grpc';
}

/** `NO_PORT`: slices are there, but none has the port. `own` are ports of slices that the Service does not have. */
export function noPort(
  port: PortRef,
  service: readonly KnownPort[],
  own: readonly KnownPort[] = [],
): Absence {
  const slices = own.length === 0 ? '' : `, its endpoints have ${listPorts(own)}`;
  return { code: 'NO_PORT', message: `${wanted(port)}; the Service has ${listPorts(service)}${slices}` };
}

/** `NO_PORT` of a Service that was not read: the ports of its endpoints may be other numbers than its own. */
export function noPortOfEndpoints(port: PortRef, own: readonly KnownPort[]): Absence {
  return { code: 'NO_PORT', message: `${wanted(port)}; the endpoints have ${listPorts(own)}` };
}

/** `NO_PORT`: no endpoint has that number, and whether it is one of the Service's cannot be known: `why`. */
export function noReadablePort(target: Target, own: readonly KnownPort[], why: string): Absence {
  const cause = withTarget(why, target);
  return {
    code: 'NO_PORT',
    message: `${wanted(target.port)} on the endpoints, which have ${listPorts(own)}; ports of the Service cannot be read: ${cause}`,
  };
}

/** `NO_PORT`: the Service has the port, but no endpoint carries it. */
export function portWithoutEndpoints(port: KnownPort, own: readonly KnownPort[]): Absence {
  const message = `port ${showPort(port)} of the Service is on none of its endpoints; they have ${listPorts(own)}`;
  return { code: 'NO_PORT', message };
}

/** `NO_SLICE`: no EndpointSlice carries the Service's name, and nothing is known about the Service itself. */
export function noSlice({ service, namespace }: Target): Absence {
  const message = `no EndpointSlice for Service ${service} in namespace ${namespace}: does the Service exist?`;
  return { code: 'NO_SLICE', message };
}

/** `NO_SLICE` of a Service that was read: `why` says what it is. */
export function noSliceOf({ service, namespace }: Target, why: string): Absence {
  return {
    code: 'NO_SLICE',
    message: `no EndpointSlice for Service ${service} in namespace ${namespace}: ${oneLine(why)}`,
  };
}

/** `NO_SERVICE`: the API server says that there is no such Service. */
export function noService({ service, namespace }: Target): Absence {
  return { code: 'NO_SERVICE', message: `Service ${service} does not exist in namespace ${namespace}` };
}

/** Hostnames shown in one message. */
const SHOWN_HOSTNAMES = 10;

/** `NO_HOSTNAME`: the target names one pod, and none of the Service's endpoints has its hostname. `known`: theirs. */
export function noHostname(hostname: string, known: readonly string[]): Absence {
  const shown = known.slice(0, SHOWN_HOSTNAMES).join(', ');
  const more = known.length > SHOWN_HOSTNAMES ? `, and ${known.length - SHOWN_HOSTNAMES} more` : '';
  const others =
    known.length > 0
      ? `they have ${shown}${more}`
      : 'they have none: pods get one from a StatefulSet whose serviceName is this Service, or by spec.hostname and spec.subdomain';
  return { code: 'NO_HOSTNAME', message: `no endpoint has the hostname ${hostname}; ${others}` };
}

/** What a text about missing endpoints needs to know besides the set. */
export interface UnavailableContext {
  readonly target: Pick<Target, 'text'>;
  /** Who did not answer: `the API server https://host:port`, `DNS`. */
  readonly asked: string;
  /** How long the caller waited for a first set (ms). */
  readonly waitedMs: number;
  /** Now (epoch ms): the date is left out of times of the last day. */
  readonly nowMs: number;
  /** As given to the source (ms). Default Infinity. */
  readonly maxStaleMs?: number;
}

/** Trouble that speaks for itself and that waiting rarely cures: a caller is told at once and in its own words. */
const REFUSALS: ReadonlySet<DiscoveryErrorCode> = new Set([
  'UNAUTHORIZED',
  'FORBIDDEN',
  'ACCESS_INVALID',
  'EXEC_PLUGIN',
  'FILE_INVALID',
]);

/** True for trouble that comes from the credentials or their rights, or from a file: not from the network. */
export function isRefusal(cause: DiscoveryError): boolean {
  return REFUSALS.has(cause.code);
}

const DAY_MS = 86_400_000;

function showTime(atMs: number, nowMs: number): string {
  const iso = new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z');
  return Math.abs(nowMs - atMs) < DAY_MS ? iso.slice(iso.indexOf('T') + 1) : iso;
}

function noAnswer(state: EndpointSetState | undefined, context: UnavailableContext): string {
  const cause = state === undefined || state.kind === 'live' ? undefined : state.cause;
  if (cause !== undefined && isRefusal(cause)) {
    return withTarget(cause.message, context.target);
  }
  const last = cause === undefined ? '' : ` (last error: ${cause.message})`;
  return `no answer from ${context.asked} for ${context.waitedMs / 1000} s${last}`;
}

function noneUsable(set: EndpointSet, nowMs: number): string {
  const terminating = set.endpoints.filter((endpoint) => endpoint.terminating).length;
  const notReady = set.endpoints.length - terminating;
  const counts = [
    ...(notReady > 0 ? [`${notReady} not ready`] : []),
    ...(terminating > 0 ? [`${terminating} terminating`] : []),
  ];
  const what = counts.length > 0 ? counts.join(', ') : 'the Service has no endpoints';
  return `no ready endpoint since ${showTime(set.unusableSinceMs ?? set.changedAtMs, nowMs)}: ${what}`;
}

/**
 * The text that follows `TARGET: ` in the status of a call that finds no endpoint; docs/errors.md lists them all.
 * `set` is null before the first set, `state` undefined before anything was heard.
 */
export function describeUnavailable(
  set: EndpointSet | null,
  state: EndpointSetState | undefined,
  context: UnavailableContext,
): string {
  if (set === null) return noAnswer(state, context);
  const { nowMs, maxStaleMs = Number.POSITIVE_INFINITY } = context;
  if (state?.kind === 'stale' && nowMs - state.sinceMs >= maxStaleMs) {
    return `endpoints are stale since ${showTime(state.sinceMs, nowMs)}: ${state.cause.message}`;
  }
  if (set.absence !== undefined) return set.absence.message;
  if (hasUsableEndpoint(set.endpoints)) return 'no endpoint is connected';
  return noneUsable(set, nowMs);
}
