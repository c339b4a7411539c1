import type { NetworkInterfaceInfo } from 'node:os';

type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

/** fe80::/10 leads nowhere beyond the link. */
const LINK_LOCAL = /^fe[89ab]/i;

/**
 * The record types that are worth asking for: those of the families in which this machine has an address besides
 * loopback and link-local ones, as AI_ADDRCONFIG has it (RFC 3493 §6.1). Where there is none, both.
 */
export function reachableFamilies(interfaces: Interfaces): readonly ('A' | 'AAAA')[] {
  const usable = Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, address }) => !internal && !LINK_LOCAL.test(address));
  const v4 = usable.some(({ family }) => family === 'IPv4');
  const v6 = usable.some(({ family }) => family === 'IPv6');
  if (v4 === v6) return ['A', 'AAAA'];
  return v4 ? ['A'] : ['AAAA'];
}
