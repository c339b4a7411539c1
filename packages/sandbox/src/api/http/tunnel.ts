import type { Duplex } from 'node:stream';
import type { Clock } from '../clock.js';
import type { Upgraded } from '../kubelet-client.js';
import type { UpgradableConnection } from './context.js';

/** A side that the other one has told the end gets so long to close (ms). */
const CLOSE_MS = 5000;

/** Joins a client's connection with that of an agent which has switched protocols; `onClose` is called at the end. */
export function tunnel(
  client: UpgradableConnection,
  { answer, connection }: Required<Upgraded>,
  { clock, onClose }: { readonly clock: Clock; readonly onClose: () => void },
): void {
  if (client.socket.destroyed) {
    // It left while the agent was asked, and its `close` is past.
    connection.socket.destroy();
    onClose();
    return;
  }
  const { rawHeaders } = answer;
  const lines = rawHeaders.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${rawHeaders[at + 1]}`] : []));
  client.socket.write(['HTTP/1.1 101 Switching Protocols', ...lines, '', ''].join('\r\n'));
  if (connection.head.length > 0) client.socket.write(connection.head);
  if (client.head.length > 0) connection.socket.write(client.head);
  join(client.socket, connection.socket, clock);
  client.socket.once('close', onClose);
}

function join(one: Duplex, other: Duplex, clock: Clock): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.on('error', () => to.destroy());
    from.once('close', () => {
      if (!to.writableEnded) {
        to.destroy();
        return;
      }
      // It has been told the end, and what is under way to it is delivered.
      to.resume();
      const timer = clock.setTimeout(() => to.destroy(), CLOSE_MS);
      to.once('close', () => timer.cancel());
    });
    from.pipe(to);
  }
}
