import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { loadAccess } from '@fairlead/discovery/kubernetes';
import { createCertificateAuthority } from '@fairlead/sandbox/nodes';
import { Delivery, type Mischief } from './delivery.js';

export interface FaultyProxyOptions {
  /** Kubeconfig of the API server behind it. */
  readonly kubeconfig: string;
}

const HOST = '127.0.0.1';

/** Stands between those who read the cluster and the API server, over TLS on both sides, and misbehaves when it is told to. */
export class FaultyProxy {
  readonly caPem: string;
  readonly mischief: Mischief = { slow: false, held: false, trickled: false, cut: null, refusal: null };
  readonly #server: https.Server;
  readonly #agent: https.Agent;
  readonly #upstream: URL;
  readonly #sockets = new Set<Socket>();
  readonly #deliveries = new Set<Delivery>();
  #port = 0;

  private constructor(upstream: URL, ca: string | undefined) {
    const authority = createCertificateAuthority({ commonName: 'soak-proxy' });
    const { certificatePem, keyPem } = authority.issue({
      commonName: 'proxy',
      addresses: [HOST],
      usage: 'server',
    });
    this.caPem = authority.certificatePem;
    this.#upstream = upstream;
    this.#agent = new https.Agent({ ca });
    this.#server = https.createServer({ cert: certificatePem, key: keyPem }, (request, response) =>
      this.#forward(request, response),
    );
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => this.#sockets.delete(socket));
    });
    this.#server.on('tlsClientError', () => {});
  }

  static async start({ kubeconfig }: FaultyProxyOptions): Promise<FaultyProxy> {
    const access = loadAccess({ kubeconfig });
    const proxy = new FaultyProxy(new URL(access.server), access.ca());
    await proxy.listen();
    return proxy;
  }

  get url(): string {
    return `https://${HOST}:${this.#port}`;
  }

  /** Listens; again on the same port after `stop`. */
  async listen(): Promise<void> {
    this.#server.listen(this.#port, HOST);
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Stops listening and resets every connection, as the API server does when it is killed. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.reset();
    await closed;
  }

  /** RST on every connection. */
  reset(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Hands on what was held back. */
  release(): void {
    this.mischief.held = false;
    for (const delivery of this.#deliveries) delivery.flush();
  }

  async close(): Promise<void> {
    this.release();
    if (this.#server.listening) await this.stop();
    this.#agent.destroy();
  }

  #forward(request: IncomingMessage, response: ServerResponse): void {
    response.on('error', () => {});
    const { refusal } = this.mischief;
    if (refusal !== null) {
      refuse(response, refusal);
      return;
    }
    const { method, url = '/', headers } = request;
    const { hostname: host, port } = this.#upstream;
    const sent = https.request({
      ...{ host, port, method, path: url, agent: this.#agent },
      headers: { ...headers, host: this.#upstream.host },
    });
    const reset = (): void => void rawSocket(this.#sockets, request)?.resetAndDestroy();
    sent.on('response', (answer) => {
      answer.on('error', () => {});
      const watch = new URL(url, this.#upstream).searchParams.has('watch');
      const delivery = new Delivery({ answer, response, watch, mischief: this.mischief, reset });
      this.#deliveries.add(delivery);
      delivery.start();
      answer.once('close', () => this.#deliveries.delete(delivery));
    });
    // The API server went away: the client must not be told anything kinder.
    sent.on('error', reset);
    response.once('close', () => sent.destroy());
    request.pipe(sent);
  }
}

function refuse(response: ServerResponse, code: number): void {
  const body = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Soak', code };
  const retry = code === 429 ? { 'retry-after': '1' } : {};
  response.writeHead(code, { 'content-type': 'application/json', ...retry });
  response.end(JSON.stringify(body));
}

/** The TCP socket below a request's TLS socket: only that one can be reset. */
function rawSocket(sockets: ReadonlySet<Socket>, { socket }: IncomingMessage): Socket | undefined {
  return [...sockets].find(({ remotePort }) => remotePort === socket.remotePort);
}
