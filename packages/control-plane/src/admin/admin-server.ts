import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ControlPlaneError } from '../errors.js';
import { isLoopback } from '../loopback.js';
import { prometheusText } from './metrics.js';
import { type Administered, clientsPage, type Page, snapshotPage } from './pages.js';

export interface AdminOptions {
  /** Address to listen on (default `127.0.0.1`). */
  readonly host?: string | undefined;
  /** Port to listen on; 0: any. */
  readonly port: number;
}

/** Probes, a scraper and a person: further connections are closed at once. */
const MAX_CONNECTIONS = 64;
/** A request that comes slower is none (ms). */
const REQUEST_MS = 5_000;
const MAX_HEADER_BYTES = 8_192;

const JSON_TYPE = 'application/json; charset=utf-8';
const TEXT_TYPE = 'text/plain; charset=utf-8';
const PATHS = '/healthz, /readyz, /metrics, /clients, /snapshot';

/** Pages that name Services, pods and clients. */
const PAGES: Readonly<Record<string, (administered: Administered, query: URLSearchParams) => Page>> = {
  '/clients': clientsPage,
  '/snapshot': snapshotPage,
};

/**
 * What a control plane says of itself over HTTP, in plain text: health, readiness and metrics to everybody who reaches
 * it, clients and resources to this machine only (`kubectl port-forward` comes from there). It changes nothing.
 */
export class AdminServer {
  readonly #administered: Administered;
  readonly #server: Server;

  constructor(administered: Administered) {
    this.#administered = administered;
    const limits = {
      requestTimeout: REQUEST_MS,
      headersTimeout: REQUEST_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
    };
    this.#server = createServer({ ...limits, connectionsCheckingInterval: REQUEST_MS }, (request, response) =>
      this.#answer(request, response),
    );
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.unref();
  }

  /** Listens; resolves to the port. Rejects with LISTEN_FAILED. */
  start({ host = '127.0.0.1', port }: AdminOptions): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', (cause) => {
        reject(new ControlPlaneError('LISTEN_FAILED', `admin: ${host}:${port}: ${cause.message}`, { cause }));
      });
      this.#server.listen({ host, port }, () => resolve((this.#server.address() as AddressInfo).port));
    });
  }

  /** Stops listening and ends every connection. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  #answer({ method, url = '/', socket }: IncomingMessage, response: ServerResponse): void {
    const [path = '', query] = url.split('?', 2);
    if (method !== 'GET' && method !== 'HEAD') send(response, 405, 'accepted: GET, HEAD\n');
    else if (path === '/healthz') send(response, 200, 'ok\n');
    else if (path === '/readyz') this.#readiness(response);
    else if (path === '/metrics') {
      send(response, 200, prometheusText(this.#administered), 'text/plain; version=0.0.4; charset=utf-8');
    } else this.#page(response, { path, query, from: socket.remoteAddress ?? '' });
  }

  #readiness(response: ServerResponse): void {
    const { ready } = this.#administered;
    send(response, ready ? 200 : 503, ready ? 'ok\n' : 'the cluster was not read yet, or the end has come\n');
  }

  #page(
    response: ServerResponse,
    {
      path,
      query,
      from,
    }: { readonly path: string; readonly query: string | undefined; readonly from: string },
  ): void {
    const page = Object.hasOwn(PAGES, path) ? PAGES[path] : undefined;
    if (page === undefined) {
      send(response, 404, `accepted: ${PATHS}\n`);
      return;
    }
    // A socket for both families has IPv4 addresses in this form.
    if (!isLoopback(from.replace(/^::ffff:/, ''))) {
      send(response, 403, `${path} is for this machine only, as by kubectl port-forward\n`);
      return;
    }
    const { status, body } = pageOf(() => page(this.#administered, new URLSearchParams(query)));
    send(response, status, `${JSON.stringify(body)}\n`, JSON_TYPE);
  }
}

/** A page that cannot be made must not end a process that clients live by. */
function pageOf(make: () => Page): Page {
  try {
    return make();
  } catch (error) {
    return { status: 500, body: { error: error instanceof Error ? error.message : String(error) } };
  }
}

function send(response: ServerResponse, status: number, body: string, type = TEXT_TYPE): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(body);
}
