import { BlockList, isIP } from 'node:net';

const IPV6 = new BlockList();
IPV6.addAddress('::1', 'ipv6');
IPV6.addSubnet('::ffff:127.0.0.0', 104, 'ipv6');

/** Whether it is an address of this machine alone; names are none. */
export function isLoopback(host: string): boolean {
  const family = isIP(host);
  // A list takes a hundred times as long for what is in the first four characters.
  return family === 4 ? host.startsWith('127.') : family === 6 && IPV6.check(host, 'ipv6');
}
