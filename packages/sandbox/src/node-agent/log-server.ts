import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { AgentClock } from './host.js';
import type { LogFile } from './log-file.js';
import type { LogQuery } from './log-query.js';
import { parseLogQuery } from './log-query.js';
import { sendLog } from './log-stream.js';
import { messageOf } from './refusal.js';
import type { StreamPod } from './streams/stream-server.js';
import { StreamServer } from './streams/stream-server.js';

/** TLS of the log server, in PEM. */
export interface ServingOptions {
  readonly cert: string;
  readonly key: string;
  /** Only clients with a certificate of this CA are answered: the API server. */
  readonly clientCa: string;
  /** Address to listen on; also the node's InternalIP. */
  readonly host: string;
  /** Port to listen on. Default: any. */
  readonly port?: number;
}

/** Finds what a request names. */
interface LogSource {
  readonly clock: AgentClock;
  pod(namespace: string, name: string): StreamPod | undefined;
  /** What the node and its containers use, as text of `/metrics/resource`. */
  usage(): string;
}

export interface LogServer {
  readonly port: number;
  close(): Promise<void>;
}

/** A refusal in the words of the kubelet. */
class LogRefusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Reasons that the kubelet words in its own way here. */
const WHY: Readonly<Record<string, string>> = {
  ErrImagePull: "image can't be pulled",
  ImagePullBackOff: 'trying and failing to pull image',
};

/** Serves `GET /containerLogs/NAMESPACE/POD/CONTAINER`, `/metrics/resource`, `/healthz` and streams as the kubelet does. */
export async function createLogServer(serving: ServingOptions, source: LogSource): Promise<LogServer> {
  const { cert, key, clientCa } = serving;
  const tls = { cert, key, ca: clientCa, requestCert: true, rejectUnauthorized: true };
  const server = createServer(tls, (request, response) => answer(request, response, source));
  // A client without a certificate is no trouble of ours.
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  const streams = new StreamServer(source);
  server.on('upgrade', (request, socket, head) => streams.upgrade(request, socket as Socket, head));
  await listen(server, serving);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        streams.close();
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, { host, port = 0 }: ServingOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function answer(request: IncomingMessage, response: ServerResponse, source: LogSource): void {
  try {
    const url = new URL(request.url ?? '/', 'https://kubelet');
    if (request.method !== 'GET') throw new LogRefusal(405, 'method not allowed: accepted is GET');
    if (url.pathname === '/healthz') {
      response.end('ok');
      return;
    }
    if (url.pathname === '/metrics/resource') {
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
      response.end(source.usage());
      return;
    }
    const [, root, ...names] = url.pathname.split('/').map(decodeURIComponent);
    if (root !== 'containerLogs' || names.length !== 3) throw new LogRefusal(404, '404 page not found');
    const query = logQuery(url.searchParams, source.clock.now());
    const log = findLog(names as [string, string, string], query, source);
    sendLog(response, log, query).catch(() => response.destroy());
  } catch (error) {
    const status = error instanceof LogRefusal ? error.status : 400;
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
    response.end(`${messageOf(error)}\n`);
  }
}

function logQuery(query: URLSearchParams, nowMs: number): LogQuery {
  try {
    return parseLogQuery(query, nowMs);
  } catch (error) {
    throw new LogRefusal(400, messageOf(error));
  }
}

function findLog(
  [namespace, pod, name]: [string, string, string],
  query: LogQuery,
  source: LogSource,
): LogFile {
  const found = source.pod(namespace, pod);
  if (!found) throw new LogRefusal(404, `pod "${pod}" does not exist`);
  const container = found.container(name);
  if (!container) throw new LogRefusal(404, `container "${name}" not found in pod "${pod}"`);
  const log = container.log(query.previous);
  if (log) return log;
  if (query.previous)
    throw new LogRefusal(400, `previous terminated container "${name}" in pod "${pod}" not found`);
  const why = container.status.state.waiting?.reason ?? 'ContainerCreating';
  throw new LogRefusal(400, `container "${name}" in pod "${pod}" is waiting to start: ${WHY[why] ?? why}`);
}
