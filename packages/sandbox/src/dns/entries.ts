import type { ServiceView, SliceView } from '../cluster-view/cluster-view.js';

/** One address and port under one name: the unit that A, AAAA and SRV answers are made of. */
export interface Entry {
  readonly ip: string;
  /** Absent when the slice has no ports: then there is an A record but no SRV. */
  readonly port: number | undefined;
  readonly target: string;
}

/** A name below `svc.ZONE`, read from the right. */
export interface ServiceName {
  readonly namespace: string;
  readonly service: string;
  /** `host` of `host.svc.ns.svc.zone`. */
  readonly endpoint?: string;
  /** `_grpc._tcp` of `_grpc._tcp.svc.ns.svc.zone`, without underscores. An empty part stands for any. */
  readonly port?: PortName;
}

interface PortName {
  readonly name: string;
  readonly protocol: string;
}

/** Reads the labels left of `svc.ZONE` from the right; null when no such name can exist. */
export function parseServiceName(labels: readonly string[]): ServiceName | null {
  const [namespace, service, ...rest] = [...labels].reverse();
  if (namespace === undefined || service === undefined || rest.length > 2) return null;
  const [first, second] = rest;
  if (first === undefined) return { namespace, service };
  if (second === undefined) return { namespace, service, endpoint: first };
  const port = { name: second.replace(/^_/, ''), protocol: first.replace(/^_/, '') };
  return { namespace, service, port };
}

function isPort(want: PortName, name: string, protocol: string): boolean {
  return (
    (want.name === '' || want.name === name.toLowerCase()) &&
    (want.protocol === '' || want.protocol === protocol)
  );
}

/** The name of an endpoint below its Service: its hostname, else its address with dashes. */
function endpointName(hostname: string | undefined, ip: string): string {
  if (hostname) return hostname.toLowerCase();
  const dashed = ip.replace(/[.:]/g, '-');
  // A DNS label may not end in a dash.
  return dashed.endsWith('-') ? `${dashed}0` : dashed;
}

/** A slice without ports has one that matches no name: its endpoints have addresses but no SRV. */
const NO_PORT = { name: '', protocol: '', port: undefined };

/** The ready endpoints of slices, one entry per address and port; an endpoint in two slices comes twice. */
export function* endpointEntries(
  slices: Iterable<SliceView>,
  base: string,
  want: Pick<ServiceName, 'endpoint' | 'port'> = {},
): Generator<Entry> {
  for (const slice of slices) {
    const ports = slice.ports.length > 0 ? slice.ports : [NO_PORT];
    for (const endpoint of slice.endpoints) {
      if (!endpoint.ready) continue;
      for (const ip of endpoint.addresses) {
        const label = endpointName(endpoint.hostname, ip);
        if (want.endpoint !== undefined && want.endpoint !== label) continue;
        for (const { name, protocol, port } of ports) {
          if (want.port && !isPort(want.port, name, protocol)) continue;
          yield { ip, port, target: `${label}.${base}` };
        }
      }
    }
  }
}

/** The cluster IPs of a Service, one entry per address and port. */
export function* serviceEntries(service: ServiceView, base: string, want: ServiceName): Generator<Entry> {
  for (const { name, protocol, port } of service.ports) {
    if (want.port && !isPort(want.port, name, protocol)) continue;
    for (const ip of service.clusterIps) yield { ip, port, target: base };
  }
}
