import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { createServer, type Server, type Socket } from 'node:net';
import { respond } from './respond.js';
import type { Zone } from './zone.js';

/** RFC 7766 §6.2.3: idle connections may be closed; resolvers open a new one. */
const TCP_IDLE_MS = 10_000;
/** Bounds what a client can hold open. */
const MAX_TCP_CONNECTIONS = 256;
/** Ports to try when 53 cannot be bound: UDP and TCP must be free on the same one. */
const PORT_ATTEMPTS = 20;
const DNS_PORT = 53;

/** A listening DNS server. */
export interface DnsServer {
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

function serveConnection(socket: Socket, zone: Zone): void {
  let pending: Buffer = Buffer.alloc(0);
  socket.setTimeout(TCP_IDLE_MS, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    // RFC 1035 §4.2.2: each message follows a two-byte length.
    while (pending.length >= 2 && pending.length >= pending.readUInt16BE(0) + 2) {
      const size = pending.readUInt16BE(0);
      const answer = respond(zone, pending.subarray(2, size + 2), 'tcp');
      pending = pending.subarray(size + 2);
      if (!answer) continue;
      const length = Buffer.alloc(2);
      length.writeUInt16BE(answer.length);
      socket.write(Buffer.concat([length, answer]));
    }
  });
}

function bindUdp(host: string, port: number): Promise<UdpSocket> {
  const socket = createSocket('udp4');
  return new Promise((resolve, reject) => {
    socket.once('error', (error) => {
      socket.close();
      reject(error);
    });
    socket.bind(port, host, () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
  });
}

function listenTcp(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
}

const refused = (error: unknown): boolean =>
  ['EACCES', 'EADDRINUSE'].includes((error as NodeJS.ErrnoException).code ?? '');

async function bindBoth(host: string, server: Server): Promise<UdpSocket> {
  for (let attempt = 0; ; attempt++) {
    let udp: UdpSocket | undefined;
    try {
      udp = await bindUdp(host, attempt === 0 ? DNS_PORT : 0);
      await listenTcp(server, host, udp.address().port);
      return udp;
    } catch (error) {
      udp?.close();
      if (!refused(error) || attempt >= PORT_ATTEMPTS) throw error;
    }
  }
}

/** Serves the zone on `host` over UDP and TCP: on port 53 where that can be bound, else on a free high port. */
export async function startDnsServer(zone: Zone, host: string): Promise<DnsServer> {
  const connections = new Set<Socket>();
  const server = createServer((socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
    serveConnection(socket, zone);
  });
  server.maxConnections = MAX_TCP_CONNECTIONS;
  const udp = await bindBoth(host, server);
  udp.on('message', (message, from) => {
    const answer = respond(zone, message, 'udp');
    if (answer) udp.send(answer, from.port, from.address, () => {});
  });
  // A client that went away answers with ICMP; that is no trouble of the server's.
  udp.on('error', () => {});
  return {
    host,
    port: udp.address().port,
    async close() {
      const closed = [
        new Promise<void>((resolve) => udp.close(resolve)),
        new Promise((resolve) => server.close(resolve)),
      ];
      for (const socket of connections) socket.destroy();
      await Promise.all(closed);
    },
  };
}
