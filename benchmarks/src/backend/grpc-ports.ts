import {
  createServer as createHttp2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { type AddressInfo, createServer, type Server } from 'node:net';

/** An empty message, not compressed. */
export const EMPTY_MESSAGE = Buffer.alloc(5);
export const HEADERS = { ':status': 200, 'content-type': 'application/grpc' };
const TRAILERS = { 'grpc-status': '0' };

/** Answers one call. */
export type Answerer = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;

function answer(stream: ServerHttp2Stream): void {
  stream.resume();
  stream.respond(HEADERS, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers(TRAILERS));
  stream.end(EMPTY_MESSAGE);
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, backlog: 1024 }, () => resolve((server.address() as AddressInfo).port));
  });
}

/**
 * One gRPC server that answers every call with an empty message, on many loopback addresses with one port: what a
 * thousand pods look like to a client. Plain `node:http2`, so that the server is as small a part of a figure as it can.
 */
export class GrpcPorts {
  private readonly http2 = createHttp2Server();
  private readonly hosts = new Set<string>();
  private port: number;

  /** `port` 0: any that is free. */
  constructor(port = 0, answerer: Answerer = answer) {
    this.port = port;
    this.http2.on('stream', (stream, headers) => {
      stream.on('error', () => {
        // The client went away in the middle of a call; it knows.
      });
      answerer(stream, headers);
    });
    this.http2.on('sessionError', () => {
      // A connection that breaks at the end of a benchmark.
    });
  }

  /** Listens on further addresses; returns the port, which is the same on all of them. */
  async open(hosts: readonly string[]): Promise<number> {
    for (const host of hosts) {
      if (this.hosts.has(host)) continue;
      this.hosts.add(host);
      const server = createServer({ noDelay: true }, (socket) => this.http2.emit('connection', socket));
      this.port = await listen(server, this.port, host);
    }
    return this.port;
  }
}
