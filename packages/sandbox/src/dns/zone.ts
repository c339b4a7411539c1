import { isIPv4 } from 'node:net';
import type { ClusterView, ServiceView } from '../cluster-view/cluster-view.js';
import { type DnsRecord, RCODE, type ZoneAnswer } from './record.js';
import { REVERSE_ZONES, reverseAddress } from './reverse.js';

/** CoreDNS's default for the kubernetes plugin (s); also the negative TTL. */
const TTL = 5;
/** TTL of `dns-version` (s), as CoreDNS answers it. */
const VERSION_TTL = 28_800;
/** Version of the Kubernetes DNS specification that the records follow. */
const SPEC_VERSION = '1.1.0';
/** An ExternalName that leads to another one is followed so often. */
const MAX_CNAMES = 8;

const NXDOMAIN: ZoneAnswer = { rcode: RCODE.NXDOMAIN, answers: [], additionals: [] };
const NODATA: ZoneAnswer = { rcode: RCODE.NOERROR, answers: [], additionals: [] };

const found = (answers: DnsRecord[], additionals: DnsRecord[] = []): ZoneAnswer =>
  answers.length > 0 ? { rcode: RCODE.NOERROR, answers, additionals } : NODATA;

/** One address and port under one name: the unit that A, AAAA and SRV answers are made of. */
interface Entry {
  readonly ip: string;
  /** Absent when the slice has no ports: then there is an A record but no SRV. */
  readonly port: number | undefined;
  readonly target: string;
}

/** A name below `svc.ZONE`, read from the right. */
interface ServiceName {
  readonly namespace: string;
  readonly service: string;
  /** `host` of `host.svc.ns.svc.zone`. */
  readonly endpoint?: string;
  /** `_grpc._tcp` of `_grpc._tcp.svc.ns.svc.zone`, without underscores. */
  readonly port?: { readonly name: string; readonly protocol: string };
}

/** Puts items into a random order, in place. */
export type Shuffle = <T>(items: T[]) => T[];

/** Answers questions about the cluster's zone from its view: Kubernetes DNS specification 1.1.0, in CoreDNS's manner. */
export interface Zone {
  query(name: string, type: string): ZoneAnswer;
  /** The record that goes with NODATA and NXDOMAIN: that of the zone in which `name` is, in the case of `name`. */
  soa(name: string): DnsRecord;
}

export interface ZoneOptions {
  readonly view: ClusterView;
  /** Default `cluster.local`. */
  readonly domain?: string;
  /** IPv4 address of the server itself: that of the name `ns.dns.ZONE`. Default: the name has none. */
  readonly nameserver?: string;
  /** Epoch ms; the SOA serial is its seconds. */
  readonly now: () => number;
  /** Orders A and AAAA answers, as CoreDNS's `loadbalance` does. */
  readonly shuffle: Shuffle;
}

/** The name of an endpoint below its Service: its hostname, else its address with dashes. */
function endpointName(hostname: string | undefined, ip: string): string {
  if (hostname) return hostname.toLowerCase();
  const dashed = ip.replace(/[.:]/g, '-');
  // A DNS label may not end in a dash.
  return dashed.endsWith('-') ? `${dashed}0` : dashed;
}

function* endpointEntries(
  view: ClusterView,
  service: ServiceView,
  base: string,
  want: Pick<ServiceName, 'endpoint' | 'port'> = {},
): Generator<Entry> {
  const seen = new Set<string>();
  for (const slice of view.slices(service.namespace, service.name)) {
    const ports = slice.ports.length > 0 ? slice.ports : [undefined];
    for (const endpoint of slice.endpoints) {
      if (!endpoint.ready) continue;
      for (const ip of endpoint.addresses) {
        const label = endpointName(endpoint.hostname, ip);
        if (want.endpoint !== undefined && want.endpoint !== label) continue;
        for (const port of ports) {
          if (want.port && (port?.name !== want.port.name || port.protocol !== want.port.protocol)) continue;
          const id = `${ip} ${port?.name} ${port?.port} ${label}`;
          if (seen.has(id)) continue;
          seen.add(id);
          yield { ip, port: port?.port, target: `${label}.${base}` };
        }
      }
    }
  }
}

function* serviceEntries(service: ServiceView, base: string, want: ServiceName): Generator<Entry> {
  for (const port of service.ports) {
    const name = port.name.toLowerCase();
    if (want.port && (name !== want.port.name || port.protocol !== want.port.protocol)) continue;
    for (const ip of service.clusterIps) yield { ip, port: port.port, target: base };
  }
}

const inZone = (name: string, zone: string): boolean => name === zone || name.endsWith(`.${zone}`);

const family = (ip: string): 'A' | 'AAAA' => (isIPv4(ip) ? 'A' : 'AAAA');

function addressAnswer(name: string, type: string, entries: readonly Entry[], shuffle: Shuffle): ZoneAnswer {
  const ips = [...new Set(entries.map(({ ip }) => ip))].filter((ip) => family(ip) === type);
  return found(shuffle(ips).map((data) => ({ type: family(data), name, ttl: TTL, data })));
}

/** Priority 0; the weight is 100 split over all candidates, before duplicates go (as CoreDNS counts). */
function srvAnswer(name: string, entries: readonly Entry[]): ZoneAnswer {
  const weight = Math.max(1, Math.floor(100 / entries.length));
  const answers = new Map<string, DnsRecord>();
  const additionals = new Map<string, DnsRecord>();
  for (const { ip, port, target } of entries) {
    if (port === undefined) continue;
    const data = { priority: 0, weight, port, target };
    answers.set(`${target} ${port}`, { type: 'SRV', name, ttl: TTL, data });
    additionals.set(`${target} ${ip}`, { type: family(ip), name: target, ttl: TTL, data: ip });
  }
  return found([...answers.values()], [...additionals.values()]);
}

/** Reads the labels left of `svc.ZONE` from the right; null when no such name can exist. */
function parseServiceName(labels: readonly string[]): ServiceName | null {
  const [namespace, service, ...rest] = [...labels].reverse();
  if (namespace === undefined || service === undefined || rest.length > 2) return null;
  const [first, second] = rest;
  if (first === undefined) return { namespace, service };
  if (second === undefined) return { namespace, service, endpoint: first };
  const port = { name: second.replace(/^_/, ''), protocol: first.replace(/^_/, '') };
  return { namespace, service, port };
}

class ClusterZone implements Zone {
  readonly #view: ClusterView;
  readonly #domain: string;
  readonly #suffix: string;
  readonly #nameserver: string | undefined;
  readonly #now: () => number;
  readonly #shuffle: Shuffle;

  constructor({ view, domain = 'cluster.local', nameserver, now, shuffle }: ZoneOptions) {
    this.#nameserver = nameserver;
    this.#view = view;
    this.#domain = domain;
    this.#suffix = `.${domain}`;
    this.#now = now;
    this.#shuffle = shuffle;
  }

  query(asked: string, type: string, depth = 0): ZoneAnswer {
    const name = asked.toLowerCase();
    const ip = reverseAddress(name);
    if (ip !== undefined) {
      const answer = ip === null ? NXDOMAIN : this.#pointers(asked, ip);
      return answer.rcode === RCODE.NOERROR && type !== 'PTR' ? NODATA : answer;
    }
    if (name === this.#domain || REVERSE_ZONES.includes(name)) return this.#apex(asked, type);
    if (!name.endsWith(this.#suffix)) return { rcode: RCODE.REFUSED, answers: [], additionals: [] };
    const labels = name.slice(0, -this.#suffix.length).split('.');
    const tree = labels.pop();
    if (tree === 'svc') return this.#service(asked, type, labels, depth);
    if (tree === 'pod') return labels.length === 0 ? NODATA : NXDOMAIN;
    if (tree === 'dns' && labels.join() === 'ns' && this.#nameserver !== undefined) {
      return type === 'A' ? found([this.#nameserverAddress(asked, this.#nameserver)]) : NODATA;
    }
    if (tree !== 'dns-version' || labels.length > 0) return NXDOMAIN;
    return type === 'TXT'
      ? found([{ type: 'TXT', name: asked, ttl: VERSION_TTL, data: SPEC_VERSION }])
      : NODATA;
  }

  soa(asked: string): DnsRecord {
    const zone = [this.#domain, ...REVERSE_ZONES].find((known) => inZone(asked.toLowerCase(), known));
    const name = asked.slice(-(zone ?? asked).length);
    const data = {
      mname: `ns.dns.${name}`,
      rname: `hostmaster.${name}`,
      serial: Math.floor(this.#now() / 1000),
      refresh: 7200,
      retry: 1800,
      expire: 86_400,
      minimum: TTL,
    };
    return { type: 'SOA', name, ttl: TTL, data };
  }

  #apex(name: string, type: string): ZoneAnswer {
    if (type === 'SOA') return found([this.soa(name)]);
    if (type !== 'NS') return NODATA;
    const data = `ns.dns.${name}`;
    const glue = this.#nameserver === undefined ? [] : [this.#nameserverAddress(data, this.#nameserver)];
    return found([{ type: 'NS', name, ttl: TTL, data }], glue);
  }

  #nameserverAddress(name: string, data: string): DnsRecord {
    return { type: 'A', name, ttl: TTL, data };
  }

  #pointers(name: string, ip: string): ZoneAnswer {
    const targets = new Set<string>();
    for (const service of this.#view.services()) {
      if (service.clusterIps.includes(ip)) targets.add(this.#baseName(service));
    }
    // An address is either virtual or a pod's.
    for (const service of targets.size === 0 ? this.#view.services() : []) {
      for (const entry of endpointEntries(this.#view, service, this.#baseName(service))) {
        if (entry.ip === ip) targets.add(entry.target);
      }
    }
    if (targets.size === 0) return NXDOMAIN;
    return found([...targets].map((data) => ({ type: 'PTR', name, ttl: TTL, data })));
  }

  #baseName(service: ServiceView, suffix = this.#suffix): string {
    return `${service.name}.${service.namespace}.svc${suffix}`;
  }

  #service(name: string, type: string, labels: readonly string[], depth: number): ZoneAnswer {
    if (labels.length === 0) return NODATA;
    if (labels.length === 1) return this.#view.hasNamespace(labels[0]!) ? NODATA : NXDOMAIN;
    const want = parseServiceName(labels);
    const service = want && this.#view.service(want.namespace, want.service);
    if (!want || !service) return NXDOMAIN;
    if (service.externalName !== undefined) {
      return labels.length > 2 ? NXDOMAIN : this.#externalName(name, type, service.externalName, depth);
    }
    // Answers keep the case of the zone as it was asked for.
    const base = this.#baseName(service, name.slice(-this.#suffix.length));
    const entries =
      service.headless || want.endpoint !== undefined
        ? [...endpointEntries(this.#view, service, base, want)]
        : [...serviceEntries(service, base, want)];
    if (entries.length === 0) return NXDOMAIN;
    if (type === 'A' || type === 'AAAA') return addressAnswer(name, type, entries, this.#shuffle);
    return type === 'SRV' ? srvAnswer(name, entries) : NODATA;
  }

  #externalName(name: string, type: string, target: string, depth: number): ZoneAnswer {
    const cname: DnsRecord = { type: 'CNAME', name, ttl: TTL, data: target };
    if (type !== 'A' && type !== 'AAAA' && type !== 'CNAME') return NODATA;
    const inZone = target.toLowerCase().endsWith(this.#suffix);
    if (type === 'CNAME' || !inZone || depth >= MAX_CNAMES) return found([cname]);
    const next = this.query(target, type, depth + 1);
    return { rcode: next.rcode, answers: [cname, ...next.answers], additionals: [] };
  }
}

/** Makes the zone of a cluster view. */
export function createZone(options: ZoneOptions): Zone {
  return new ClusterZone(options);
}
