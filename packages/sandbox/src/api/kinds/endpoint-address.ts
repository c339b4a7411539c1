import { BlockList, isIP, isIPv4 } from 'node:net';

/** What is said of a text that is no address at all. */
export const NOT_AN_IP = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';

function range(ipv4: readonly [string, number], ipv6: readonly [string, number]): BlockList {
  const list = new BlockList();
  list.addSubnet(...ipv4, 'ipv4');
  list.addSubnet(...ipv6, 'ipv6');
  return list;
}

const SPECIAL_RANGES: readonly (readonly [BlockList, string])[] = [
  [range(['169.254.0.0', 16], ['fe80::', 10]), 'in the link-local range (169.254.0.0/16, fe80::/10)'],
  [range(['224.0.0.0', 24], ['ff02::', 16]), 'in the link-local multicast range (224.0.0.0/24, ff02::/10)'],
];

/** Why no endpoint can be at an address. Upstream refuses loopback addresses too; here pods live on them. */
export function unfitAddress(address: string): string | undefined {
  if (address === '0.0.0.0' || address === '::') return `may not be unspecified (${address})`;
  const family = isIPv4(address) ? 'ipv4' : 'ipv6';
  const special = SPECIAL_RANGES.find(([range]) => range.check(address, family));
  return special && `may not be ${special[1]}`;
}

/** Why a text is no address, or one that programs read in different ways. */
export function malformedAddress(text: string): string | undefined {
  if (isIP(text) === 0 || text.includes('%'))
    return isIPv4(withoutZeros(text)) ? 'must not have leading 0s' : NOT_AN_IP;
  return /^::ffff:/i.test(text) ? 'must not be an IPv4-mapped IPv6 address' : undefined;
}

/** The address in RFC 5952's form when the text is an IPv6 address in another. */
export function canonicalIpv6(text: string): string | undefined {
  if (isIP(text) !== 6 || text.includes('%')) return undefined;
  const canonical = new URL(`http://[${text}]`).hostname.slice(1, -1);
  return canonical === text ? undefined : canonical;
}

/** Go once read `010.002.003.004` as `10.2.3.4`. */
function withoutZeros(text: string): string {
  return text.replace(/\b0+(?=\d)/g, '');
}
