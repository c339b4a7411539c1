import { isIP } from 'node:net';
import { DiscoveryError } from '../errors.js';
import type { Target } from '../target.js';
import { type DnsServer, parseServer } from './resolver-config.js';

/** A target of the scheme `headless`: a name in DNS. */
export interface DnsTarget {
  /** As written, with the scheme. */
  readonly text: string;
  /** What is asked for, lower case; a dot at the end: it is not looked for in the search list. */
  readonly name: string;
  /** Port of every address; null: the name is that of SRV records, which hold ports. */
  readonly port: number | null;
  /** Of the targets of SRV records only the one with this first label; absent: all. */
  readonly hostname?: string;
  /** The only server that is asked; absent: those of the options or of resolv.conf. */
  readonly server?: DnsServer;
}

const ACCEPTED =
  'accepted is headless:///NAME:PORT, headless:///NAME:PORTNAME, headless:///_PORTNAME._tcp.NAME, or headless://SERVER/…';
/** A label as servers take it: SRV names begin with "_". */
const LABEL = /^[a-z0-9_](?:[-a-z0-9_]{0,61}[a-z0-9_])?$/;
const PORT_NAME = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
const MAX_NAME = 253;
const SHOWN = 120;

class TargetProblem extends Error {}

function fail(problem: string): never {
  throw new TargetProblem(problem);
}

const show = (value: string): string =>
  JSON.stringify(value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value);

/** True for `_grpc._tcp.…`. */
const isServiceName = (name: string): boolean => /^_[^.]+\._[^.]+\./.test(name);

function checkName(written: string): string {
  const name = written.toLowerCase();
  if (name === '' || name === '.') fail(`name is missing; ${ACCEPTED}`);
  if (isIP(name) !== 0 || name.startsWith('[')) {
    fail('it holds an IP address, not a name; list addresses with static:///');
  }
  if (name.length > MAX_NAME) fail(`the name is longer than ${MAX_NAME} characters`);
  for (const label of name.replace(/\.$/, '').split('.')) {
    if (!LABEL.test(label)) {
      fail(`${show(label)} is not a DNS label: accepted are at most 63 of a-z, 0-9, "-" and "_"`);
    }
  }
  return name;
}

function split(path: string): [name: string, port: string | undefined] {
  if (isIP(path) !== 0 || path.startsWith('[')) checkName(path);
  const [name = '', port, ...more] = path.split(':');
  if (more.length > 0) fail(`there is more than one ":"; ${ACCEPTED}`);
  return [checkName(name), port];
}

function parsePath(path: string): Pick<DnsTarget, 'name' | 'port'> {
  const [name, port] = split(path);
  if (isServiceName(name)) {
    if (port !== undefined) fail('SRV records hold the port: leave it out of the target');
    return { name, port: null };
  }
  if (port === undefined || port === '') {
    fail('port is missing; accepted is a number, or a port name that SRV records are looked up by');
  }
  if (/^\d+$/.test(port)) {
    const number = Number(port);
    if (port.startsWith('0') || number > 65_535) {
      fail(`port ${show(port)} is out of range; accepted is a number from 1 to 65535 or a port name`);
    }
    return { name, port: number };
  }
  if (!PORT_NAME.test(port)) fail(`port name ${show(port)} is not a DNS label, and no number`);
  return { name: `_${port}._tcp.${name}`, port: null };
}

function parseRest(rest: string): Omit<DnsTarget, 'text'> {
  if (!rest.startsWith('/')) return parsePath(rest);
  const [, authority = '', path = ''] = /^\/\/([^/]*)\/(.*)$/s.exec(rest) ?? fail(ACCEPTED);
  if (authority === '') return parsePath(path);
  const server = parseServer(authority);
  if (server === undefined) {
    fail(`${show(authority)} is not the address of a DNS server; write three slashes before a name`);
  }
  return { ...parsePath(path), server };
}

/**
 * Parses `headless:///NAME:PORT`, `headless:///NAME:PORTNAME` and `headless:///_PORTNAME._tcp.NAME` (SRV), each also
 * with `headless://SERVER[:PORT]/…`. docs/targets.md has the table. Throws TARGET_INVALID.
 */
export function parseDnsTarget(text: string): DnsTarget {
  try {
    return { text, ...parseRest(text.replace(/^headless:/, '')) };
  } catch (error) {
    if (!(error instanceof TargetProblem)) throw error;
    throw new DiscoveryError('TARGET_INVALID', `target ${show(text)}: ${error.message}`);
  }
}

/** `:authority` and TLS name: the name, with the port when it is a number; of SRV records the name of the service. */
export function dnsAuthority({ name, port }: DnsTarget): string {
  const host = name.replace(/\.$/, '').replace(/^_[^.]+\._[^.]+\./, '');
  return port === null ? host : `${host}:${port}`;
}

/**
 * The name under which DNS has the endpoints of a Kubernetes target: of a headless Service each ready pod, else the
 * cluster IP. A port that is a name is looked up as SRV; a target without a port means the one named `grpc`. One pod of
 * a headless Service has a name of its own.
 */
export function dnsTargetOf(target: Target, clusterDomain: string): DnsTarget {
  const { text, hostname, service, namespace, port } = target;
  const host = `${service}.${namespace}.svc.${clusterDomain}.`;
  if (port.kind === 'number') {
    return { text, name: hostname === undefined ? host : `${hostname}.${host}`, port: port.number };
  }
  const name = `_${port.kind === 'name' ? port.name : 'grpc'}._tcp.${host}`;
  // Ports have names below a Service, not below its pods.
  return { text, name, port: null, ...(hostname === undefined ? {} : { hostname }) };
}
