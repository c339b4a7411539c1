import { isIP, SocketAddress } from 'node:net';
import type { Address } from '@fairlead/discovery';

/** Whether an endpoint can be dialled, and where. */
export interface Dialable {
  /** Of each address; equal for two ways to write one address, because C-core compares what they mean. */
  readonly keys: readonly string[];
  /** Why no client could use it. */
  readonly problem?: string;
}

/** True for an IP address without a scope: clients refuse names, or dial them without a word (Go, Rust). */
function isPlainAddress(host: string): boolean {
  return isIP(host) !== 0 && !host.includes('%');
}

/** True for a port that can be dialled; every client accepts 0 and then fails its calls. */
function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65_535;
}

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/;

function keyOf({ host, port }: Address): string {
  if (isIP(host) !== 6) return `${host}:${port}`;
  const written = new SocketAddress({ address: host, family: 'ipv6', port: 0 }).address;
  return `${MAPPED.exec(written)?.[1] ?? written}:${port}`;
}

function problemOf(addresses: readonly Address[]): string | undefined {
  if (addresses.length === 0) return 'there is no address';
  const bad = addresses.find(({ host, port }) => !isPlainAddress(host) || !isPort(port));
  if (bad === undefined) return undefined;
  if (!isPlainAddress(bad.host)) return `${JSON.stringify(bad.host)} is not an IP address`;
  return `port ${bad.port} is not from 1 to 65535`;
}

/** Endpoints that did not change are the same objects in the next set. */
const inspected = new WeakMap<object, Dialable>();

/** Looks at where an endpoint is, once for each object. */
export function inspect(endpoint: { readonly addresses: readonly Address[] }): Dialable {
  let found = inspected.get(endpoint);
  if (found === undefined) {
    const problem = problemOf(endpoint.addresses);
    found = problem === undefined ? { keys: endpoint.addresses.map(keyOf) } : { keys: [], problem };
    inspected.set(endpoint, found);
  }
  return found;
}
