import { isIPv4 } from 'node:net';

/** Hands out the cluster IPs of Services. */
export interface ServiceIps {
  /** A free address; throws when the range is used up. */
  allocate(): string;
  /** Takes a named address; a string says why it cannot be had, in Kubernetes' words. */
  reserve(ip: string): string | undefined;
  release(ip: string): void;
}

/** The first addresses of a range are left for Services that ask for a fixed one (the cluster DNS), as upstream. */
const RESERVED_AT_START = 10;

/** Allocates from an IPv4 CIDR (`127.7.96.0/20`), lowest free address first. */
export function createServiceIps(cidr: string): ServiceIps {
  const [base, length] = cidr.split('/');
  const prefix = Number(length);
  if (!base || !isIPv4(base) || !Number.isInteger(prefix) || prefix < 8 || prefix > 28) {
    throw new RangeError(`service CIDR "${cidr}": an IPv4 range with a prefix of 8 to 28 bits is accepted`);
  }
  const size = 2 ** (32 - prefix);
  const first = Math.floor(toNumber(base) / size) * size;
  const taken = new Set<number>();
  let next = RESERVED_AT_START;

  return {
    allocate() {
      for (let i = 0; i < size - 2; i++) {
        const offset = 1 + ((next - 1 + i) % (size - 2));
        if (taken.has(first + offset)) continue;
        taken.add(first + offset);
        next = offset + 1;
        return toText(first + offset);
      }
      throw new RangeError('range is full');
    },
    reserve(ip) {
      if (!isIPv4(ip)) return 'the provided IP is not a valid IPv4 address';
      const address = toNumber(ip);
      if (address <= first || address >= first + size - 1) {
        return 'the provided network does not match the current range';
      }
      if (taken.has(address)) return 'provided IP is already allocated';
      taken.add(address);
      return undefined;
    },
    release(ip) {
      if (isIPv4(ip)) taken.delete(toNumber(ip));
    },
  };
}

function toNumber(ip: string): number {
  return ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function toText(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}
