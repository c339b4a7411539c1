/** Pod addresses of one node. */
export interface IpPool {
  /** A free address, or undefined when all are taken. */
  allocate(): string | undefined;
  release(ip: string): void;
}

/**
 * Addresses `.1` to `.254` of an IPv4 `/24`, in turn: a released address comes back last, so that a client with an
 * old list reaches nobody instead of a stranger.
 */
export function createIpPool(cidr: string): IpPool {
  const match = /^(\d{1,3}\.\d{1,3}\.\d{1,3})\.0\/24$/.exec(cidr);
  if (!match?.[1]?.split('.').every((part) => Number(part) <= 255))
    throw new Error(`pod range "${cidr}": accepted is an IPv4 network of the form 127.5.1.0/24`);
  const free = Array.from({ length: 254 }, (_, index) => `${match[1]}.${index + 1}`);
  const taken = new Set<string>();
  return {
    allocate() {
      const ip = free.shift();
      if (ip !== undefined) taken.add(ip);
      return ip;
    },
    release(ip) {
      if (taken.delete(ip)) free.push(ip);
    },
  };
}
