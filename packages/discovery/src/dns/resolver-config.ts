import { isIP } from 'node:net';
import { DiscoveryError } from '../errors.js';

/** A DNS server; the port is 53 unless said otherwise. */
export interface DnsServer {
  /** An IP address without brackets. */
  readonly host: string;
  readonly port: number;
}

/** What resolv.conf(5) says. */
export interface ResolverConfig {
  /** At least one. */
  readonly servers: readonly DnsServer[];
  /** Domains that are appended to short names, in order. */
  readonly search: readonly string[];
  /** A name with at least so many dots is asked as it is before the search list. */
  readonly ndots: number;
  /** How long one server is waited for (ms). */
  readonly timeoutMs: number;
  /** How often the whole list of servers is gone through. */
  readonly attempts: number;
  /** Begin with another server each time. */
  readonly rotate: boolean;
}

const DNS_PORT = 53;
/** glibc waits 5 s, which would use up all the time that a first call has. */
const DEFAULTS = { ndots: 1, timeoutMs: 2_000, attempts: 2, rotate: false } as const;
/** As in glibc (resolv.h): more are ignored, and what is above a maximum counts as it. */
const MAX_SERVERS = 3;
const MAX = { ndots: 15, timeout: 30, attempts: 5 } as const;
/** glibc has no limit any more; this one bounds the queries of one look. */
const MAX_SEARCH = 32;
/** RFC 1035 §2.3.4. */
const MAX_NAME = 253;

/** Reads `IP`, `IP:PORT` or `[IP]:PORT`; undefined for anything else. */
export function parseServer(text: string): DnsServer | undefined {
  if (isIP(text) !== 0) return { host: text, port: DNS_PORT };
  const [, bracketed, plain, digits] = /^(?:\[(.+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? plain ?? '';
  const port = digits === undefined ? DNS_PORT : Number(digits);
  if (isIP(host) === 0 || port < 1 || port > 65_535) return undefined;
  return { host, port };
}

/** As `parseServer`; throws OPTION_INVALID. */
export function serverOption(text: string): DnsServer {
  const server = parseServer(text);
  if (server !== undefined) return server;
  throw new DiscoveryError(
    'OPTION_INVALID',
    `DNS server ${JSON.stringify(text)}: accepted is an IP address, with a port as in 10.96.0.10:53 or [fd00::a]:53`,
  );
}

function bounded(text: string | undefined, least: number, most: number): number | undefined {
  return text !== undefined && /^\d{1,6}$/.test(text)
    ? Math.min(Math.max(Number(text), least), most)
    : undefined;
}

type Options = Pick<ResolverConfig, 'ndots' | 'timeoutMs' | 'attempts' | 'rotate'>;

function readOption(word: string, before: Options): Options {
  const [name, value] = word.split(':');
  switch (name) {
    case 'ndots':
      return { ...before, ndots: bounded(value, 0, MAX.ndots) ?? before.ndots };
    case 'timeout': {
      const seconds = bounded(value, 1, MAX.timeout);
      return seconds === undefined ? before : { ...before, timeoutMs: seconds * 1000 };
    }
    case 'attempts':
      return { ...before, attempts: bounded(value, 1, MAX.attempts) ?? before.attempts };
    case 'rotate':
      return { ...before, rotate: true };
    default:
      return before;
  }
}

const domain = (text: string): string => text.replace(/^\.|\.$/g, '').toLowerCase();

/**
 * Reads a resolv.conf as glibc does: three servers at most, the last `search` or `domain` holds, what is not
 * understood is left out. Without a server it is the one on this machine.
 */
export function parseResolvConf(text: string): ResolverConfig {
  const servers: DnsServer[] = [];
  let search: string[] = [];
  let options: Options = DEFAULTS;
  for (const line of text.split('\n')) {
    const [keyword, ...words] = line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/);
    if (keyword === 'nameserver' && servers.length < MAX_SERVERS) {
      const host = words[0] ?? '';
      if (isIP(host) !== 0) servers.push({ host, port: DNS_PORT });
    } else if (keyword === 'search' || (keyword === 'domain' && words[0] !== undefined)) {
      const named = keyword === 'domain' ? words.slice(0, 1) : words.slice(0, MAX_SEARCH);
      search = named.map(domain).filter((each) => each !== '');
    } else if (keyword === 'options') {
      options = words.reduce((before, word) => readOption(word, before), options);
    }
  }
  if (servers.length === 0) servers.push({ host: '127.0.0.1', port: DNS_PORT });
  return { servers, search, ...options };
}

/** The configuration of a pod of this cluster, for servers that are named without a resolv.conf. */
export function clusterConfig(
  servers: readonly DnsServer[],
  { clusterDomain, namespace }: { readonly clusterDomain: string; readonly namespace?: string | undefined },
): ResolverConfig {
  const svc = `svc.${clusterDomain}`;
  const own = namespace === undefined ? [] : [`${namespace}.${svc}`];
  // What kubelet writes into the resolv.conf of a pod.
  return { ...DEFAULTS, servers, search: [...own, svc, clusterDomain], ndots: 5 };
}

/**
 * The absolute names that a name may stand for, in the order in which they are asked. One that ends in a dot stands
 * for itself.
 */
export function expandName(name: string, { search, ndots }: ResolverConfig): string[] {
  if (name.endsWith('.')) return [name.slice(0, -1)];
  const dots = name.split('.').length - 1;
  const longer = search.map((each) => `${name}.${each}`);
  const names = dots >= ndots ? [name, ...longer] : [...longer, name];
  return [...new Set(names)].filter((each) => each.length <= MAX_NAME);
}
