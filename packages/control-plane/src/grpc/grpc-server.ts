import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import {
  type AddressInfo,
  createServer as createListener,
  type Server as Listener,
  type Socket,
} from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Logger, Timer } from '@fairlead/discovery';
import { Admittance } from './admittance.js';
import { Connection, type ConnectionOptions } from './connection.js';
import { Doorway } from './doorway.js';
import { type CallContext, ServerCall } from './server-call.js';
import { closesByItself, peerOf } from './socket.js';
import { CODES } from './status.js';

/** Certificate and key, PEM. */
export interface ServerCertificate {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** Authorities of clients: with them every client needs a certificate. */
  readonly ca?: Buffer | undefined;
}

export interface GrpcServerOptions extends ConnectionOptions {
  /** By path, `/package.Service/Method`. */
  readonly methods: ReadonlyMap<string, (call: ServerCall) => void>;
  readonly logger: Logger;
  /** Calls on one connection at a time. */
  readonly maxCalls: number;
  /** Connections at a time; further ones are closed at once. */
  readonly maxConnections: number;
  /** The same for the connections of one address; those of loopback are not counted. */
  readonly maxConnectionsPerAddress: number;
}

/** A TLS handshake that takes longer is given up (ms). */
const HANDSHAKE_MS = 10_000;
/** A refused certificate is said once in so long (ms). */
const SAY_MS = 60_000;
/** So often in the time of a keepalive connections are looked after: each has its own moment. */
const LOOKS = 15;
/** All headers of one call together (bytes, as HPACK counts them); a token has some 1,500. */
const MOST_HEADER_BYTES = 32_768;

/**
 * A gRPC server of methods that stream both ways, on node:http2. As little as a control plane needs: no compression, no
 * deadlines (such a stream has none), bytes in and out. A response that a thousand clients get is one buffer for all of
 * them: a server of grpc-js copies it for each.
 */
export class GrpcServer {
  readonly #options: GrpcServerOptions;
  /** All connections, also those that wait to be let in or are in their TLS handshake. */
  readonly #sockets = new Set<Socket>();
  /** Those that speak HTTP/2. */
  readonly #connections = new Set<Connection>();
  readonly #doorway = new Doorway((socket) => void this.#server?.emit('connection', socket));
  readonly #listener: Listener;
  readonly #admittance: Admittance;
  #server: Http2Server | Http2SecureServer | undefined;
  /** Shared by all connections. */
  readonly #connectionOptions: ConstructorParameters<typeof Connection>[1];
  #timer: Timer | undefined;
  #draining = false;
  #saidMs = Number.NEGATIVE_INFINITY;

  constructor(options: GrpcServerOptions) {
    this.#options = options;
    this.#connectionOptions = { ...options, entered: (peer) => this.#doorway.entered(peer) };
    const { maxConnections, maxConnectionsPerAddress, keepaliveMs } = options;
    // TCP's own probes are for connections that drain, which are sent no pings.
    const probes = { keepAlive: true, keepAliveInitialDelay: keepaliveMs };
    this.#listener = createListener(probes, (socket) => this.#take(socket));
    this.#admittance = new Admittance({
      most: maxConnections,
      mostPerAddress: maxConnectionsPerAddress,
      what: 'connections',
    });
  }

  /** Listens, with TLS if there is a certificate; resolves to the port. Rejects when the address cannot be had. */
  listen(host: string, port: number, certificate?: ServerCertificate): Promise<number> {
    this.#server = this.#create(certificate);
    this.#server.on('session', (session) => this.#accept(session));
    const listener = this.#listener;
    return new Promise((resolve, reject) => {
      listener.once('error', reject);
      listener.listen({ host, port }, () => {
        listener.off('error', reject);
        listener.on('error', (error) =>
          this.#options.logger.warn('the server has trouble', { error: error.message }),
        );
        this.#look();
        resolve((listener.address() as AddressInfo).port);
      });
    });
  }

  /** New connections get this certificate. */
  renew(certificate: ServerCertificate): void {
    if (this.#server !== undefined && 'setSecureContext' in this.#server) {
      this.#server.setSecureContext(contextOf(certificate));
    }
  }

  /** Takes no further calls; resolves when those that are open are over. */
  async drain(): Promise<void> {
    this.#draining = true;
    const closed = new Promise<void>((resolve) => this.#listener.close(() => resolve()));
    this.#doorway.clear();
    for (const connection of this.#connections) connection.drainConnection();
    await closed;
  }

  /** Cuts all connections, after `drain`. Idempotent. */
  cut(): void {
    this.#timer?.cancel();
    for (const connection of this.#connections) connection.cut();
    for (const socket of this.#sockets) socket.destroy();
  }

  #take(socket: Socket): void {
    const peer = peerOf(socket);
    const full = this.#admittance.enter(peer);
    if (full !== undefined) {
      this.#options.logger.debug('a connection was closed at once', { peer, reason: full });
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.#admittance.leave(peer);
    });
    this.#doorway.add(socket);
  }

  #create(certificate: ServerCertificate | undefined): Http2Server | Http2SecureServer {
    const settings = {
      maxConcurrentStreams: this.#options.maxCalls,
      maxHeaderListSize: MOST_HEADER_BYTES,
    };
    if (certificate === undefined) return createServer({ settings });
    const server = createSecureServer({
      settings,
      ...contextOf(certificate),
      ALPNProtocols: ['h2'],
      handshakeTimeout: HANDSHAKE_MS,
      requestCert: certificate.ca !== undefined,
      rejectUnauthorized: certificate.ca !== undefined,
    });
    server.on('tlsClientError', (error, socket) => this.#handshakeFailed(error, socket));
    return server;
  }

  /** Who is refused for a certificate never makes a call, so nobody else would say it; other failures are anybody's. */
  #handshakeFailed(error: Error, { authorizationError, remoteAddress }: TLSSocket): void {
    const { clock, logger } = this.#options;
    if (!authorizationError) {
      logger.debug('a TLS handshake failed', { peer: remoteAddress, error: error.message });
      return;
    }
    const nowMs = clock.now();
    if (nowMs - this.#saidMs < SAY_MS) return;
    this.#saidMs = nowMs;
    logger.warn('a client was not admitted', {
      reason: 'its certificate is missing, or of no authority that is known here',
      cause: String(authorizationError),
    });
  }

  #accept(session: ServerHttp2Session): void {
    const connection = new Connection(session, this.#connectionOptions);
    this.#connections.add(connection);
    session.on('close', () => this.#connections.delete(connection));
    // Its handshake had begun before.
    if (this.#draining) connection.drainConnection();
    session.on('stream', (stream, headers) => {
      connection.add();
      stream.on('close', () => connection.remove());
      this.#call(stream, headers, connection);
    });
  }

  #look(): void {
    for (const connection of this.#connections) connection.look();
    const { clock, keepaliveMs } = this.#options;
    this.#timer = clock.setTimeout(() => this.#look(), keepaliveMs / LOOKS);
    this.#timer.unref();
  }

  #call(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, context: CallContext): void {
    const status = httpStatusOf(headers);
    if (status !== 200) {
      stream.on('error', closesByItself);
      stream.respond({ ':status': status }, { endStream: true });
      return;
    }
    const call = new ServerCall(stream, headers, context);
    const path = headers[':path'] ?? '';
    const serve = this.#options.methods.get(path);
    if (serve !== undefined) serve(call);
    else call.end({ code: CODES.unimplemented, details: `there is no method ${path.slice(0, 200)}` });
  }
}

const contextOf = ({ cert, key, ca }: ServerCertificate) => ({ cert, key, ca });

/** What is no call of gRPC is answered in HTTP. */
function httpStatusOf(headers: IncomingHttpHeaders): number {
  if (headers[':method'] !== 'POST') return 405;
  return /^application\/grpc($|[+;])/.test(headers['content-type'] ?? '') ? 200 : 415;
}
