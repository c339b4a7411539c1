import { isIP, isIPv4 } from 'node:net';
import type { ClusterView, ServiceView } from '../cluster-view/cluster-view.js';
import { type Entry, endpointEntries, parseServiceName, serviceEntries } from './entries.js';
import { type DnsRecord, RCODE, type ZoneAnswer } from './record.js';
import { REVERSE_ZONES, reverseAddress } from './reverse.js';

/** CoreDNS's default for the kubernetes plugin (s); also the negative TTL. */
const TTL = 5;
/** TTL of `dns-version` (s), as CoreDNS answers it. */
const VERSION_TTL = 28_800;
/** Version of the Kubernetes DNS specification that the records follow. */
const SPEC_VERSION = '1.1.0';
/** An ExternalName that leads to another one is followed so often (CoreDNS: "maxCnameChainLength"). */
const MAX_CNAMES = 10;

const NXDOMAIN: ZoneAnswer = { rcode: RCODE.NXDOMAIN, answers: [], additionals: [] };
const NODATA: ZoneAnswer = { rcode: RCODE.NOERROR, answers: [], additionals: [] };
/** For a name that only stands above others: CoreDNS says NXDOMAIN when it is asked for a TXT. */
const NO_RECORDS: ZoneAnswer = { ...NODATA };
const REFUSED: ZoneAnswer = { rcode: RCODE.REFUSED, answers: [], additionals: [] };

/** Kinds of questions for whole zones; a client must be allowed them, here none is. */
const TRANSFERS = ['AXFR', 'IXFR'];

const found = (answers: DnsRecord[], additionals: DnsRecord[] = []): ZoneAnswer =>
  answers.length > 0 ? { rcode: RCODE.NOERROR, answers, additionals } : NODATA;

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

  query(asked: string, type: string): ZoneAnswer {
    const zone = this.#zoneOf(asked);
    if (zone === undefined || TRANSFERS.includes(type)) return REFUSED;
    const answer = this.#query(asked, zone, type);
    return type === 'TXT' && answer === NO_RECORDS ? NXDOMAIN : answer;
  }

  #zoneOf(asked: string): string | undefined {
    const name = asked.toLowerCase();
    return [this.#domain, ...REVERSE_ZONES].find((zone) => inZone(name, zone));
  }

  #query(asked: string, zone: string, type: string, trail: readonly DnsRecord[] = []): ZoneAnswer {
    const name = asked.toLowerCase();
    if (name === zone) return this.#apex(asked, type);
    // CoreDNS looks for an SOA at the top of a zone only, and says nowhere else that a name does not exist.
    if (type === 'SOA') return NODATA;
    const labels = name.slice(0, -zone.length - 1).split('.');
    if (zone !== this.#domain) return this.#reverse(asked, type, labels);
    const tree = labels.pop();
    if (tree === 'svc') return this.#service(asked, type, labels, trail);
    if (tree === 'pod') return labels.length === 0 ? NO_RECORDS : NXDOMAIN;
    if (tree === 'dns' && labels.join() === 'ns' && this.#nameserver !== undefined) {
      if (type === 'A') return found([this.#nameserverAddress(asked, this.#nameserver)]);
      return type === 'PTR' ? NXDOMAIN : NO_RECORDS;
    }
    const isVersion = tree === 'dns-version' && labels.length === 0 && type === 'TXT';
    return isVersion ? found([{ type, name: asked, ttl: VERSION_TTL, data: SPEC_VERSION }]) : NXDOMAIN;
  }

  /** Only a PTR exists at the name of an address; `svc` and `pod` are read as in the other zone. */
  #reverse(asked: string, type: string, labels: readonly string[]): ZoneAnswer {
    const ip = reverseAddress(asked.toLowerCase());
    if (type === 'PTR' && ip) return this.#pointers(asked, ip);
    return labels.length === 1 && (labels[0] === 'svc' || labels[0] === 'pod') ? NO_RECORDS : NXDOMAIN;
  }

  soa(asked: string): DnsRecord {
    const name = asked.slice(-(this.#zoneOf(asked) ?? asked).length);
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
    if (type !== 'NS') return NO_RECORDS;
    const data = `ns.dns.${name}`;
    const glue = this.#nameserver === undefined ? [] : [this.#nameserverAddress(data, this.#nameserver)];
    return found([{ type: 'NS', name, ttl: TTL, data }], glue);
  }

  #nameserverAddress(name: string, data: string): DnsRecord {
    return { type: 'A', name, ttl: TTL, data };
  }

  /** An address is either virtual or a pod's. Slices count also when the Service that they name is gone. */
  #pointers(name: string, ip: string): ZoneAnswer {
    const targets = new Set<string>();
    for (const service of this.#view.services()) {
      if (targets.size === 0 && service.clusterIps.includes(ip)) targets.add(this.#baseName(service));
    }
    for (const { namespace, service, slices } of targets.size === 0 ? this.#view.allSlices() : []) {
      for (const entry of endpointEntries(slices, this.#baseName({ namespace, name: service }))) {
        if (entry.ip === ip) targets.add(entry.target);
      }
    }
    if (targets.size === 0) return NXDOMAIN;
    return found([...targets].map((data) => ({ type: 'PTR', name, ttl: TTL, data })));
  }

  #baseName({ name, namespace }: Pick<ServiceView, 'name' | 'namespace'>, suffix = this.#suffix): string {
    return `${name}.${namespace}.svc${suffix}`;
  }

  #service(name: string, type: string, labels: readonly string[], trail: readonly DnsRecord[]): ZoneAnswer {
    if (labels.length === 0) return NO_RECORDS;
    if (labels.length === 1) return this.#view.hasNamespace(labels[0]!) ? NO_RECORDS : NXDOMAIN;
    const want = parseServiceName(labels);
    const service = want && this.#view.service(want.namespace, want.service);
    if (!want || !service) return NXDOMAIN;
    if (service.externalName !== undefined) {
      // An address is no name that a CNAME could hold.
      const exists = labels.length === 2 && isIP(service.externalName) === 0;
      return exists ? this.#externalName(name, type, service.externalName, trail) : NXDOMAIN;
    }
    // Answers keep the case of the zone as it was asked for.
    const base = this.#baseName(service, name.slice(-this.#suffix.length));
    const entries =
      service.headless || want.endpoint !== undefined
        ? [...endpointEntries(this.#view.slices(service.namespace, service.name), base, want)]
        : [...serviceEntries(service, base, want)];
    if (entries.length === 0) return NXDOMAIN;
    if (type === 'A' || type === 'AAAA') return addressAnswer(name, type, entries, this.#shuffle);
    return type === 'SRV' ? srvAnswer(name, entries) : NODATA;
  }

  /** A target in the zone is answered along with the alias; one that has no such address takes the alias with it. */
  #externalName(name: string, type: string, target: string, trail: readonly DnsRecord[]): ZoneAnswer {
    const data = target.replace(/\.$/, '');
    const cname: DnsRecord = { type: 'CNAME', name, ttl: TTL, data };
    if (type === 'CNAME') return found([cname]);
    if (type !== 'A' && type !== 'AAAA') return NODATA;
    const again = trail.some((seen) => seen.name === name && seen.data === data);
    if (name.toLowerCase() === data || trail.length > MAX_CNAMES || again) return NODATA;
    if (!inZone(data, this.#domain)) return found([cname]);
    const { answers } = this.#query(data, this.#domain, type, [...trail, cname]);
    return answers.length > 0 ? found([cname, ...answers]) : NODATA;
  }
}

/** Makes the zone of a cluster view. */
export function createZone(options: ZoneOptions): Zone {
  return new ClusterZone(options);
}
