import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { monotonicMs } from '#commands/wait.js';
import { bookmark, NAMESPACE, type ServiceSlices } from './slices.js';

const GROUP = '/apis/discovery.k8s.io/v1';
const CLUSTER_PATH = `${GROUP}/endpointslices`;
const NAMESPACE_PATH = `${GROUP}/namespaces/${NAMESPACE}/endpointslices`;
const SELECTOR = 'kubernetes.io/service-name=';

/** What a watch is of: one Service, or all. */
interface Watchable {
  readonly watchers: Set<ServerResponse>;
  initialEvents(): string[];
}

interface Watched {
  readonly slices: ServiceSlices;
  readonly watchers: Set<ServerResponse>;
  writtenAtMs: number;
}

/**
 * As much of an API server as a watch of EndpointSlices needs: watch requests for one Service or for all, with or without
 * initial events. Everything else is refused.
 */
export class SliceApi {
  readonly server: Server = createServer((request, response) => this.serve(request, response));
  private readonly services = new Map<string, Watched>();
  private readonly all: Watchable = {
    watchers: new Set(),
    initialEvents: () => [...this.services.values()].flatMap(({ slices }) => slices.initialEvents()),
  };

  define(slices: ServiceSlices): void {
    this.services.set(slices.service, { slices, watchers: new Set(), writtenAtMs: 0 });
    for (const watcher of this.all.watchers) watcher.write(slices.initialEvents().join(''));
  }

  /** Makes a change and writes its event to the watchers. The clock is read after the event is made. */
  change(service: string, edit: (slices: ServiceSlices) => string): void {
    const watched = this.get(service);
    const event = Buffer.from(edit(watched.slices));
    watched.writtenAtMs = monotonicMs();
    for (const watcher of [...watched.watchers, ...this.all.watchers]) watcher.write(event);
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
    const watched = this.watchable(url.pathname, query.get('labelSelector'));
    if (query.get('watch') !== 'true' || watched === undefined) {
      response.writeHead(404, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ kind: 'Status', status: 'Failure', reason: 'NotFound', code: 404 }));
      return;
    }
    request.socket.setNoDelay(true);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    if (query.get('sendInitialEvents') === 'true') {
      response.write(watched.initialEvents().join('') + bookmark());
    }
    watched.watchers.add(response);
    response.on('close', () => watched.watchers.delete(response));
  }

  private watchable(path: string, selector: string | null): Watchable | undefined {
    if (path === CLUSTER_PATH || (path === NAMESPACE_PATH && selector === null)) return this.all;
    const watched = this.services.get((selector ?? '').replace(SELECTOR, ''));
    if (path !== NAMESPACE_PATH || watched === undefined) return undefined;
    const { slices, watchers } = watched;
    return { watchers, initialEvents: () => slices.initialEvents() };
  }
}
