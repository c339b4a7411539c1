import { connect, createServer, type Server, type Socket } from 'node:net';
import type { ClusterApi } from '../api/store.js';
import { type ClusterView, createClusterView, type ServiceView } from '../cluster-view/cluster-view.js';
import { backends } from './choose.js';

/** A backend that does not answer for so long is given up (ms); on loopback this only bounds a full backlog. */
const CONNECT_TIMEOUT_MS = 10_000;

export interface ServiceProxyOptions {
  readonly api: ClusterApi;
  /** A number in [0, 1). Default Math.random. */
  readonly random?: () => number;
  /** Called once for a virtual IP and port that cannot be bound. */
  readonly onTrouble?: (service: { namespace: string; name: string; uid: string }, message: string) => void;
}

/** The running service proxy. */
export interface ServiceProxy {
  close(): Promise<void>;
}

interface Listener {
  readonly server: Server;
  /** Name of the Service port: slices are matched by it. */
  portName: string;
}

/** What one side does the other sees: an end as an end, a reset as a reset. */
function splice(client: Socket, backend: Socket): void {
  const abort = (): void => {
    client.resetAndDestroy();
    backend.resetAndDestroy();
  };
  for (const socket of [client, backend]) {
    socket.on('error', abort);
    socket.setNoDelay(true);
  }
  client.on('close', () => backend.destroy());
  backend.on('close', () => client.destroy());
  client.pipe(backend);
  backend.pipe(client);
}

/** One address that the proxy must listen on. */
interface VirtualPort {
  readonly host: string;
  readonly port: number;
  readonly portName: string;
  readonly service: ServiceView;
}

function virtualPorts(service: ServiceView): VirtualPort[] {
  if (service.headless) return [];
  return service.ports.flatMap(({ name: portName, protocol, port }) =>
    protocol === 'tcp' && port !== undefined
      ? service.clusterIps.map((host) => ({ host, port, portName, service }))
      : [],
  );
}

class VirtualIpProxy implements ServiceProxy {
  readonly #random: () => number;
  readonly #onTrouble: NonNullable<ServiceProxyOptions['onTrouble']>;
  readonly #view: ClusterView;
  /** By `namespace/name`, then by `ip port`. */
  readonly #listeners = new Map<string, Map<string, Listener>>();
  readonly #sockets = new Set<Socket>();

  constructor({ api, random = Math.random, onTrouble = () => {} }: ServiceProxyOptions) {
    this.#random = random;
    this.#onTrouble = onTrouble;
    this.#view = createClusterView(api, (namespace, name) => this.#sync(namespace, name));
  }

  async close(): Promise<void> {
    this.#view.close();
    const servers = [...this.#listeners.values()].flatMap((ports) => [...ports.values()]);
    const closed = servers.map(({ server }) => new Promise((resolve) => server.close(resolve)));
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(closed);
  }

  /** Opens and closes listeners until they are those of the Service as it is now. */
  #sync(namespace: string, name: string): void {
    const key = `${namespace}/${name}`;
    const service = this.#view.service(namespace, name);
    const wanted = new Map(
      service ? virtualPorts(service).map((port) => [`${port.host} ${port.port}`, port]) : [],
    );
    const listeners = this.#listeners.get(key) ?? new Map<string, Listener>();
    for (const [address, listener] of listeners) {
      if (wanted.has(address)) continue;
      listener.server.close();
      listeners.delete(address);
    }
    for (const [address, port] of wanted) {
      const listener = listeners.get(address);
      if (listener) listener.portName = port.portName;
      else listeners.set(address, this.#listen(key, port));
    }
    if (listeners.size > 0) this.#listeners.set(key, listeners);
    else this.#listeners.delete(key);
  }

  #listen(key: string, { host, port, portName, service }: VirtualPort): Listener {
    const server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client, key, listener));
    const listener: Listener = { server, portName };
    server.on('error', (error: NodeJS.ErrnoException) => {
      const remedy = error.code === 'EACCES' ? ': ports below 1024 need root; use a higher Service port' : '';
      this.#onTrouble(
        service,
        `service proxy cannot listen on ${host}:${port} (${error.code ?? error.message})${remedy}`,
      );
    });
    server.listen(port, host);
    return listener;
  }

  #accept(client: Socket, key: string, listener: Listener): void {
    this.#track(client);
    const [namespace = '', name = ''] = key.split('/');
    const service = this.#view.service(namespace, name);
    const choices = service ? backends(this.#view, service, listener.portName) : [];
    const choice = choices[Math.floor(this.#random() * choices.length)];
    if (!choice) {
      client.on('error', () => {});
      client.resetAndDestroy();
      return;
    }
    const backend = connect({ ...choice, allowHalfOpen: true, timeout: CONNECT_TIMEOUT_MS });
    this.#track(backend);
    backend.on('timeout', () => backend.connecting && backend.destroy(new Error('connect timeout')));
    backend.on('connect', () => backend.setTimeout(0));
    splice(client, backend);
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
  }
}

/**
 * Serves every ClusterIP of the cluster at level 4, as kube-proxy does in effect: one backend is drawn per connection
 * and kept until it ends. Without a backend the connection is reset.
 */
export function startServiceProxy(options: ServiceProxyOptions): ServiceProxy {
  return new VirtualIpProxy(options);
}
