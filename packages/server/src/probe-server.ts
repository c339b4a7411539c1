import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { checkNames } from './accepted.js';
import { refused, ServerError } from './errors.js';
import type { CheckState } from './health/check.js';

/** What the probes ask: `createHealth()` fits. */
export interface ProbedHealth {
  readonly ready: boolean;
  readonly live: boolean;
  readonly checks: Readonly<Record<string, CheckState>>;
}

export interface ProbeServerOptions {
  readonly health: ProbedHealth;
  /** Port to listen on; 0: a free one. Not that of the gRPC server. */
  readonly port: number;
  /** Address to listen on. Default: every address of the machine; the kubelet asks the pod's IP. */
  readonly host?: string;
}

/** `/readyz` and `/livez` over HTTP, for probes that speak no gRPC. */
export interface ProbeServer {
  /** Listens; resolves to the port. Rejects with a `ServerError` when it cannot. */
  start(): Promise<number>;
  /** Stops listening and ends every connection. */
  close(): Promise<void>;
}

const NAMES: readonly (keyof ProbeServerOptions)[] = ['health', 'port', 'host'];
/** A kubelet has one connection at a time; further ones than these are closed at once. */
const MAX_CONNECTIONS = 256;
/** A probe whose request comes slower is none (ms). */
const REQUEST_MS = 5_000;
/** Probes have few headers (bytes). */
const MAX_HEADER_BYTES = 4_096;

/**
 * Makes the server of HTTP probes: 200 or 503, as text or, where the request accepts it, as JSON. Why a check fails is
 * not said there, but in the log. It holds no process, and goes on answering while the gRPC server drains.
 */
export function createProbeServer(options: ProbeServerOptions): ProbeServer {
  checkNames('option', options, NAMES);
  const { health, port, host } = options;
  if (typeof health !== 'object' || health === null || !('ready' in health && 'live' in health))
    throw refused('health', health, 'what createHealth() returns');
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw refused('port', port, 'a port, 0 to 65535');
  if (host !== undefined && typeof host !== 'string') throw refused('host', host, 'an address');
  return new HttpProbes(health, port, host);
}

class HttpProbes implements ProbeServer {
  private readonly health: ProbedHealth;
  private readonly port: number;
  private readonly host: string | undefined;
  private readonly server: Server;
  private starting: Promise<number> | undefined;

  constructor(health: ProbedHealth, port: number, host: string | undefined) {
    this.health = health;
    this.port = port;
    this.host = host;
    const limits = {
      requestTimeout: REQUEST_MS,
      headersTimeout: REQUEST_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
    };
    this.server = createServer({ ...limits, connectionsCheckingInterval: REQUEST_MS }, (request, response) =>
      this.answer(request, response),
    );
    this.server.maxConnections = MAX_CONNECTIONS;
    this.server.unref();
  }

  start(): Promise<number> {
    this.starting ??= this.listen();
    return this.starting;
  }

  async close(): Promise<void> {
    await this.starting?.catch(() => {});
    if (!this.server.listening) return;
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private listen(): Promise<number> {
    const { server, port, host } = this;
    return new Promise((resolve, reject) => {
      server.on('error', (cause) => {
        const message = `probe server: cannot listen on ${host ?? '*'}:${port}: ${cause.message}`;
        reject(new ServerError('LISTEN_FAILED', message, { cause }));
      });
      server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
        // What listens on a port has an address of this kind.
        const { port: bound } = server.address() as AddressInfo;
        resolve(bound);
      });
    });
  }

  private answer({ method, url, headers }: IncomingMessage, response: ServerResponse): void {
    const path = (url ?? '').split('?')[0];
    if (path !== '/readyz' && path !== '/livez') send(response, 404, 'accepted: /readyz, /livez\n');
    else if (method !== 'GET' && method !== 'HEAD') send(response, 405, 'accepted: GET, HEAD\n');
    else this.probe(path === '/readyz' ? 'ready' : 'live', headers.accept, response);
  }

  private probe(what: 'ready' | 'live', accept: string | undefined, response: ServerResponse): void {
    const ok = this.health[what];
    const code = ok ? 200 : 503;
    const checks = what === 'ready' ? Object.entries(this.health.checks) : [];
    if (accept?.includes('application/json')) {
      const states = checks.map(([name, { state, failures }]) => [name, { state, failures }]);
      const body = what === 'ready' ? { ready: ok, checks: Object.fromEntries(states) } : { live: ok };
      send(response, code, `${JSON.stringify(body)}\n`, 'application/json');
      return;
    }
    const lines = [ok ? what : `not ${what}`, ...checks.map(([name, { state }]) => `${name}: ${state}`)];
    send(response, code, `${lines.join('\n')}\n`);
  }
}

function send(
  response: ServerResponse,
  code: number,
  text: string,
  type = 'text/plain; charset=utf-8',
): void {
  response.writeHead(code, { 'content-type': type, 'cache-control': 'no-store', connection: 'close' });
  response.end(text);
}
