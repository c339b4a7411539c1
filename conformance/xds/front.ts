import { createServer, connect as dial, type Server, type Socket } from 'node:net';

/**
 * The one address of a control plane, as a virtual IP: it forwards connections to the replica of the moment. Closed, it
 * refuses them, as a machine does on which nothing listens.
 */
export interface Front {
  readonly port: number;
  /** New connections go there; those that are open stay where they are. */
  forwardTo(port: number): void;
  /** Refuses connections, and resets those that are open. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

const LOOPBACK = '127.0.0.1';

const listen = (server: Server, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject).listen(port, LOOPBACK, () => resolve());
  });

function join(client: Socket, replica: Socket): void {
  for (const [from, to] of [
    [client, replica],
    [replica, client],
  ] as const) {
    from.setNoDelay(true).on('error', () => {});
    from.on('close', () => to.destroy());
    from.pipe(to);
  }
}

/** Listens on any free port, and on the same one after each stop. */
export async function startFront(): Promise<Front> {
  let replica = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    sockets.add(client);
    client.on('close', () => sockets.delete(client));
    join(client, dial(replica, LOOPBACK));
  });
  await listen(server, 0);
  const { port } = server.address() as { port: number };
  return {
    port,
    forwardTo(next) {
      replica = next;
    },
    async stop() {
      if (!server.listening) return;
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.resetAndDestroy();
      await closed;
    },
    start: () => listen(server, port),
  };
}
