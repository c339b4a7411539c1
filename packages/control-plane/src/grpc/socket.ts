import type { Socket } from 'node:net';

/** For sessions, streams and sockets: whatever ails them ends in their close. */
export const closesByItself = (): void => {};

/** `address:port` of who is at the other end; IPv6 in brackets. */
export function peerOf({
  remoteAddress = '',
  remotePort = 0,
}: Pick<Socket, 'remoteAddress' | 'remotePort'>): string {
  return remoteAddress.includes(':') ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`;
}
