import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { monotonicMs } from '#commands/wait.js';
import { NAMESPACE, type ServiceSlices } from './slices.js';

const PATH = `/apis/discovery.k8s.io/v1/namespaces/${NAMESPACE}/endpointslices`;
const SELECTOR = 'kubernetes.io/service-name=';

interface Watched {
  readonly slices: ServiceSlices;
  readonly watchers: Set<ServerResponse>;
  writtenAtMs: number;
}

/**
 * As much of an API server as a watch of EndpointSlices needs: watch requests for one Service, with or without initial
 * events. Everything else is refused.
 */
export class SliceApi {
  readonly server: Server = createServer((request, response) => this.serve(request, response));
  private readonly services = new Map<string, Watched>();

  define(slices: ServiceSlices): void {
    this.services.set(slices.service, { slices, watchers: new Set(), writtenAtMs: 0 });
  }

  /** Makes a change and writes its event to the watchers. The clock is read after the event is made. */
  change(service: string, edit: (slices: ServiceSlices) => string): void {
    const watched = this.get(service);
    const event = Buffer.from(edit(watched.slices));
    watched.writtenAtMs = monotonicMs();
    for (const watcher of watched.watchers) watcher.write(event);
  }

  writtenAtMs(service: string): number {
    return this.get(service).writtenAtMs;
  }

  private get(service: string): Watched {
    const watched = this.services.get(service);
    if (watched === undefined) throw new Error(`no Service ${service}`);
    return watched;
  }

  private serve(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '', 'http://api');
    const query = url.searchParams;
    const selector = query.get('labelSelector') ?? '';
    const watched = this.services.get(selector.replace(SELECTOR, ''));
    if (url.pathname !== PATH || query.get('watch') !== 'true' || watched === undefined) {
      response.writeHead(404, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ kind: 'Status', status: 'Failure', reason: 'NotFound', code: 404 }));
      return;
    }
    request.socket.setNoDelay(true);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    if (query.get('sendInitialEvents') === 'true') {
      response.write(watched.slices.initialEvents().join('') + watched.slices.bookmark());
    }
    watched.watchers.add(response);
    response.on('close', () => watched.watchers.delete(response));
  }
}
