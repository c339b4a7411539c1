import { type IncomingMessage, ServerResponse } from 'node:http';
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { KeyPair } from '../pki/x509.js';
import type { UpgradableConnection } from './context.js';

/** A request over HTTP/1.1 or HTTP/2. */
export type Request = IncomingMessage | Http2ServerRequest;
export type Response = ServerResponse | Http2ServerResponse;

/** Options of a listener. */
export interface ListenerOptions {
  readonly host: string;
  /** 0: any free one; it stays the same from then on. */
  readonly port: number;
  readonly certificate: KeyPair;
  /** Client certificates of this authority are accepted. */
  readonly caPem: string;
  readonly http2: boolean;
  /** `connection`: the client asks to go on in another protocol (HTTP/1.1 only). */
  handle(request: Request, response: Response, connection?: UpgradableConnection): void;
}

/** Serves TLS and keeps hold of its sockets, so that it can fail in the ways that servers fail. */
export interface Listener {
  /** The port in use, or to be used. */
  readonly port: number;
  readonly listening: boolean;
  start(): Promise<void>;
  /** Stops listening and resets every connection (RST). Idempotent. */
  stop(): Promise<void>;
  /** Resets the connection of one request (RST): over HTTP/2 also all others that share it. */
  reset(request: Request): void;
}

/** A connection that sends no request line or headers for so long is closed. */
const HEADERS_TIMEOUT_MS = 30_000;
const REQUEST_TIMEOUT_MS = 120_000;
/** An HTTP/1.1 connection without a request in progress is closed after so long (Go's IdleTimeout at the API server). */
const KEEP_ALIVE_TIMEOUT_MS = 90_000;
/** A client whose upgrade was refused gets so long to close (ms). */
const CLOSE_MS = 5000;

/** Makes a listener that does not listen yet. */
export function createListener(options: ListenerOptions): Listener {
  return new TlsListener(options);
}

class TlsListener implements Listener {
  readonly #options: ListenerOptions;
  /** By remote address and port: what a request's TLS socket and the TCP socket below it have in common. */
  readonly #sockets = new Map<string, Socket>();
  #server: Http2SecureServer | undefined;
  #port: number;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#port = options.port;
  }

  get port(): number {
    return this.#port;
  }

  get listening(): boolean {
    return this.#server !== undefined;
  }

  async start(): Promise<void> {
    if (this.#server) return;
    const server = this.#createServer();
    this.#server = server;
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(this.#port, this.#options.host, () => {
          server.off('error', reject);
          resolve();
        });
      });
    } catch (error) {
      this.#server = undefined;
      throw error;
    }
    this.#port = (server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = undefined;
    const closed = new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    for (const socket of this.#sockets.values()) socket.resetAndDestroy();
    await closed;
  }

  reset(request: Request): void {
    this.#sockets.get(socketKey(request.socket))?.resetAndDestroy();
  }

  #createServer(): Http2SecureServer {
    const { certificate, caPem, http2 } = this.#options;
    const server = createSecureServer(
      {
        cert: certificate.certificatePem,
        key: certificate.keyPem,
        ca: caPem,
        requestCert: true,
        rejectUnauthorized: false,
        allowHTTP1: true,
        ALPNProtocols: http2 ? ['h2', 'http/1.1'] : ['http/1.1'],
        // Lists are large and many streams share a connection: Node's 10 MB would refuse streams.
        maxSessionMemory: 100,
        // Upstream's limit of streams per connection.
        settings: { maxConcurrentStreams: 250 },
      },
      (request, response) => this.#options.handle(request, response),
    );
    Object.assign(server, {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    });
    server.on('connection', (socket: Socket) => this.#track(socket));
    server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
      socket.on('error', () => socket.destroy());
      this.#options.handle(request, responseOn(socket, request), { socket, head });
    });
    // Broken clients are their own trouble; their sockets are closed by Node.
    server.on('sessionError', () => {});
    server.on('tlsClientError', () => {});
    return server;
  }

  #track(socket: Socket): void {
    const key = socketKey(socket);
    this.#sockets.set(key, socket);
    socket.on('error', () => {});
    socket.once('close', () => {
      if (this.#sockets.get(key) === socket) this.#sockets.delete(key);
    });
  }
}

/** A response on a connection that Node has handed over: one whose upgrade is refused, or not meant by the path. */
function responseOn(socket: Socket, request: IncomingMessage): ServerResponse {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.once('finish', () => {
    socket.end();
    // Node watches it no more.
    socket.setTimeout(CLOSE_MS, () => socket.destroy());
  });
  return response;
}

function socketKey(socket: { remoteAddress?: string | undefined; remotePort?: number | undefined }): string {
  return `${socket.remoteAddress}:${socket.remotePort}`;
}
