import type { Socket } from 'node:net';

/** Joins two sockets: what one side does the other sees, an end as an end, a reset as a reset. */
export function splice(client: Socket, backend: Socket): void {
  const abort = (): void => {
    client.resetAndDestroy();
    backend.resetAndDestroy();
  };
  for (const socket of [client, backend]) {
    socket.on('error', abort);
    socket.setNoDelay(true);
  }
  client.on('close', () => backend.destroy());
  backend.on('close', () => client.destroy());
  client.pipe(backend);
  backend.pipe(client);
}
