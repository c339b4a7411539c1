import { isIP, SocketAddress } from 'node:net';
import type { Address } from '@fairlead/discovery';

/** True for an IP address without a scope: clients refuse names, or dial them without a word (Go, Rust). */
export function isPlainAddress(host: string): boolean {
  return isIP(host) !== 0 && !host.includes('%');
}

/** True for a port that can be dialled; every client accepts 0 and then fails its calls. */
export function isCanonicalPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65_535;
}

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/;

/** Equal for two ways to write one address: C-core compares what they mean. Expects a plain address. */
export function sameAddressKey({ host, port }: Address): string {
  if (isIP(host) !== 6) return `${host}:${port}`;
  const written = new SocketAddress({ address: host, family: 'ipv6', port: 0 }).address;
  return `${MAPPED.exec(written)?.[1] ?? written}:${port}`;
}
