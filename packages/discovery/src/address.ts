import { isIP } from 'node:net';
import type { Address } from './endpoint.js';

/** A host name as DNS and /etc/hosts take it. */
const HOST = /^[a-z0-9_](?:[-a-z0-9_.]{0,251}[a-z0-9_])?\.?$/i;

/** Reads `HOST:PORT`, IPv6 addresses in brackets; undefined for anything else. */
export function parseAddress(text: string): Address | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain ?? '';
  const port = Number(digits ?? 0);
  const fits = bracketed === undefined ? isIP(host) === 4 || HOST.test(host) : isIP(host) === 6;
  return fits && port >= 1 && port <= 65_535 ? { host: host.toLowerCase(), port } : undefined;
}
