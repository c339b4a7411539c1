import { readFileSync } from 'node:fs';
import http, { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import https, { type ServerOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { ClusterAccess } from '../../src/kubernetes/access/access.js';

/** A request as the server saw it. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly socket: Socket;
  /** Common name of the client's certificate, if it sent one. */
  readonly peer?: string;
}

export type Reply = (response: ServerResponse, request: Seen) => void;

/** An HTTP server on loopback that answers as a test tells it to. */
export interface KubeServer {
  readonly url: string;
  readonly port: number;
  readonly seen: Seen[];
  /** Connections ever accepted. */
  readonly accepted: number;
  /** Connections that are open now. */
  readonly open: number;
  /** How the next requests are answered. */
  reply: Reply;
  /** Changes the server's certificate for new connections. */
  setCertificate(name: string): void;
  /** Breaks every connection with a RST. */
  reset(): void;
  close(): Promise<void>;
}

export const fixture = (path: string): string =>
  readFileSync(new URL(`../fixtures/${path}`, import.meta.url), 'utf8');

/** Certificate and key of that name in fixtures/tls. */
const certificate = (name: string): { cert: string; key: string } => ({
  cert: fixture(`tls/${name}.crt`),
  key: fixture(`tls/${name}.key`),
});

async function see(request: IncomingMessage): Promise<Seen> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const url = new URL(request.url ?? '', 'http://x');
  const { socket } = request;
  const subject =
    'getPeerCertificate' in socket ? (socket as TLSSocket).getPeerCertificate().subject : undefined;
  return {
    method: request.method ?? '',
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: request.headers,
    body: Buffer.concat(chunks).toString('utf8'),
    socket,
    ...(subject?.CN === undefined ? {} : { peer: String(subject.CN) }),
  };
}

/** Starts a server; with `tls` it speaks TLS with the certificate of that name. */
export async function startKubeServer(
  reply: Reply,
  tls?: ServerOptions & { name: string },
): Promise<KubeServer> {
  const sockets = new Set<Socket>();
  const state = { accepted: 0, reply };
  const seen: Seen[] = [];
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    see(request).then(
      (each) => {
        seen.push(each);
        state.reply(response, each);
      },
      () => response.destroy(),
    );
  };
  const secure = tls ? https.createServer({ ...tls, ...certificate(tls.name) }, listener) : undefined;
  const server = secure ?? http.createServer(listener);
  server.keepAliveTimeout = 0;
  server.on('connection', (socket: Socket) => {
    state.accepted += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    port,
    seen,
    get accepted() {
      return state.accepted;
    },
    get open() {
      return sockets.size;
    },
    get reply() {
      return state.reply;
    },
    set reply(next) {
      state.reply = next;
    },
    setCertificate: (name) => secure?.setSecureContext({ ...tls, ...certificate(name) }),
    reset() {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    close() {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      return closed;
    },
  };
}

/** Answers with JSON. */
export const json =
  (value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Reply =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(value));
  };

/** Answers with a failure in Kubernetes' form. */
export const failure = (
  code: number,
  reason: string,
  more: { headers?: Readonly<Record<string, string>>; details?: object } = {},
): Reply => {
  const { headers = {}, details = {} } = more;
  const status = { kind: 'Status', metadata: {}, status: 'Failure', message: `${reason} of the test` };
  return json({ ...status, reason, details, code }, code, headers);
};

/** One line of a watch. */
export const line = (type: string, object: unknown): string => `${JSON.stringify({ type, object })}\n`;

/** Starts a watch answer and sends lines. */
export const stream =
  (...lines: readonly string[]): Reply =>
  (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    for (const each of lines) response.write(each);
  };

/** Access without a kubeconfig. */
export function accessTo(server: Pick<KubeServer, 'url'>, more: Partial<ClusterAccess> = {}): ClusterAccess {
  return {
    server: server.url,
    namespace: 'default',
    insecure: false,
    origin: 'the test',
    user: 'tester',
    ca: () => undefined,
    credentials: async () => ({}),
    invalidate() {},
    ...more,
  };
}
