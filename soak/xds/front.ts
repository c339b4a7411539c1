import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Where a replica listens. */
export interface Place {
  readonly host: string;
  readonly port: number;
}

/** Sees the bytes of one connection of a client. */
export interface Tap {
  onClientBytes(bytes: Buffer): void;
  onServerBytes(bytes: Buffer): void;
}

export interface Gate {
  /** Port on 127.0.0.1. */
  readonly port: number;
  /** Connections that are open. */
  readonly open: number;
}

/**
 * The virtual IP of a Service in front of replicas: a connection goes to one of those that take part when it is made, in
 * turn, and stays there. Without any it is refused. Each client may have a gate of its own, which tells clients apart;
 * behind all of them are the same replicas.
 */
export class Front {
  readonly #servers: Server[] = [];
  readonly #places = new Set<Place>();
  /** Every open connection of a client, and where it leads. */
  readonly #pairs = new Map<Socket, Place>();
  #turn = 0;

  /** Opens a gate; `tap` is called for each connection that comes through it. */
  async open(tap?: () => Tap): Promise<Gate> {
    const sockets = new Set<Socket>();
    const server = createServer((client) => {
      sockets.add(client);
      client.once('close', () => sockets.delete(client));
      this.#enter(client, tap?.());
    });
    this.#servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return {
      port,
      get open() {
        return sockets.size;
      },
    };
  }

  /** New connections may go there. */
  join(place: Place): void {
    this.#places.add(place);
  }

  /** New connections go elsewhere; those that are open stay. */
  leave(place: Place): void {
    this.#places.delete(place);
  }

  /** How many connections lead there. */
  load(place: Place): number {
    return [...this.#pairs.values()].filter((each) => each === place).length;
  }

  /** RST on every connection that leads there. */
  cut(place: Place): void {
    for (const [client, each] of this.#pairs) if (each === place) client.resetAndDestroy();
  }

  async close(): Promise<void> {
    const closed = this.#servers.map((server) => new Promise((resolve) => server.close(resolve)));
    for (const socket of this.#pairs.keys()) socket.resetAndDestroy();
    await Promise.all(closed);
  }

  #enter(client: Socket, tap: Tap | undefined): void {
    client.setNoDelay(true).on('error', () => {});
    const places = [...this.#places];
    const place = places[this.#turn++ % Math.max(1, places.length)];
    if (place === undefined) {
      client.resetAndDestroy();
      return;
    }
    this.#pairs.set(client, place);
    client.once('close', () => this.#pairs.delete(client));
    const replica = connect(place)
      .setNoDelay(true)
      .on('error', () => client.resetAndDestroy());
    if (tap !== undefined) {
      client.on('data', (bytes: Buffer) => tap.onClientBytes(bytes));
      replica.on('data', (bytes: Buffer) => tap.onServerBytes(bytes));
    }
    client.pipe(replica).pipe(client);
    client.once('close', () => replica.destroy());
    replica.once('close', () => client.destroy());
  }
}
