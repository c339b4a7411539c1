import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const SLICES = '/apis/discovery.k8s.io/v1/namespaces/ns/endpointslices';

interface SliceEndpoint {
  readonly host: string;
  readonly pod: string;
  readonly zone?: string;
}

/** An API server that serves the slices of one headless Service `ns/svc`, over plain HTTP. */
export class ApiServer {
  /** Status that every request is refused with; 0 = none. */
  refuse = 0;
  /** Watches ever opened. */
  watched = 0;
  /** Label selectors of all lists and watches; null: of the whole namespace. */
  readonly selectors: (string | null)[] = [];
  private server: Server;
  private readonly watches = new Set<ServerResponse>();
  private readonly port: number;
  private ownPort = 0;
  private endpoints: readonly SliceEndpoint[] = [];
  private revision = 1;

  constructor(port: number) {
    this.port = port;
    this.server = this.make();
  }

  /** Listens; again on the same port after stop(). */
  async start(): Promise<this> {
    await new Promise<void>((resolve) => void this.server.listen(this.ownPort, '127.0.0.1', resolve));
    this.ownPort = (this.server.address() as AddressInfo).port;
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${this.ownPort}`;
  }

  get watching(): number {
    return this.watches.size;
  }

  /** A kubeconfig that leads here. */
  get kubeconfig(): string {
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'test',
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test', namespace: 'ns' } }],
      clusters: [{ name: 'test', cluster: { server: this.url } }],
      users: [{ name: 'test', user: { token: 'secret' } }],
    });
  }

  push(endpoints: readonly SliceEndpoint[]): void {
    this.endpoints = endpoints;
    this.revision += 1;
    for (const watch of this.watches) {
      watch.write(`${JSON.stringify({ type: 'MODIFIED', object: this.slice(new Date().toISOString()) })}\n`);
    }
  }

  /** Breaks everything that is connected and listens no more. */
  async stop(): Promise<void> {
    const { server } = this;
    const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
    for (const watch of this.watches) watch.destroy();
    server.closeAllConnections();
    await closed;
    this.server = this.make();
  }

  private make(): Server {
    return createServer((request, response) => {
      const url = new URL(request.url ?? '', 'http://api');
      if (url.pathname === SLICES) this.selectors.push(url.searchParams.get('labelSelector'));
      if (this.refuse !== 0) this.fail(response, this.refuse, 'Forbidden');
      else if (url.pathname !== SLICES) this.fail(response, 404, 'NotFound');
      else if (url.searchParams.has('sendInitialEvents')) this.fail(response, 422, 'Invalid');
      else if (url.searchParams.get('watch') === null) this.list(response);
      else this.watch(response);
    });
  }

  private slice(changedAt?: string): object {
    return {
      metadata: {
        name: 'svc-1',
        namespace: 'ns',
        resourceVersion: String(this.revision),
        labels: { 'kubernetes.io/service-name': 'svc', 'service.kubernetes.io/headless': '' },
        ...(changedAt === undefined
          ? {}
          : { annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': changedAt } }),
      },
      addressType: 'IPv4',
      ports: [{ name: 'tcp', port: this.port, protocol: 'TCP' }],
      endpoints: this.endpoints.map(({ host, pod, zone }) => ({
        addresses: [host],
        conditions: { ready: true },
        targetRef: { kind: 'Pod', name: pod, uid: pod },
        ...(zone === undefined ? {} : { zone }),
      })),
    };
  }

  private list(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'application/json' });
    const metadata = { resourceVersion: String(this.revision) };
    response.end(JSON.stringify({ kind: 'EndpointSliceList', metadata, items: [this.slice()] }));
  }

  private watch(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    this.watches.add(response);
    this.watched += 1;
    response.on('close', () => this.watches.delete(response));
  }

  private fail(response: ServerResponse, code: number, reason: string): void {
    response.writeHead(code, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ kind: 'Status', status: 'Failure', code, reason, message: reason }));
  }
}
