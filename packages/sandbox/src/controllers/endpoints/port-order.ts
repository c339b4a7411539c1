import type { SubsetPort } from '../objects.js';

/** FNV-1a, 128 bits. */
const OFFSET = 0x6c62272e07bb014262b821756295c58dn;
const PRIME = 0x0000000001000000000000000000013bn;
const MASK = (1n << 128n) - 1n;

/** Ports in the order in which upstream has them in a subset: that of the hashes of how Go prints them. */
export function sortPorts(ports: readonly SubsetPort[]): SubsetPort[] {
  if (ports.length < 2) return [...ports];
  const hashes = new Map(ports.map((port) => [port, hash(inGo(port))]));
  return [...ports].sort((a, b) => ((hashes.get(a) ?? 0n) < (hashes.get(b) ?? 0n) ? -1 : 1));
}

function hash(text: string): bigint {
  let value = OFFSET;
  for (const byte of Buffer.from(text, 'utf8')) value = ((value ^ BigInt(byte)) * PRIME) & MASK;
  return value;
}

function inGo({ name = '', port, protocol, appProtocol }: SubsetPort): string {
  const fields = [
    `Name:(string)${name}`,
    `Port:(int32)${port}`,
    `Protocol:(v1.Protocol)${protocol}`,
    `AppProtocol:(*string)${appProtocol ?? '<nil>'}`,
  ];
  return `(v1.EndpointPort){${fields.join(' ')}}`;
}
