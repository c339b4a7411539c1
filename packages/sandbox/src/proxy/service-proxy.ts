import { connect, createServer, type Server, type Socket } from 'node:net';
import { type Clock, systemClock, type Timer } from '../api/clock.js';
import type { ClusterApi } from '../api/store.js';
import { type ClusterView, createClusterView, type ServiceView } from '../cluster-view/cluster-view.js';
import { Affinity } from './affinity.js';
import { type Backend, candidates } from './backends.js';
import { type Frontend, frontendsOf } from './frontend.js';
import { type Places, watchPlaces } from './place.js';
import { createScheduler, type Scheduler, type SchedulerName } from './scheduler.js';
import { splice } from './splice.js';

/** A backend that does not answer for so long is given up (ms); on loopback this only bounds a full backlog. */
const CONNECT_TIMEOUT_MS = 10_000;
/** An address that is taken by somebody is tried again (ms). */
const RETRY_MS = 5_000;

export interface ServiceProxyOptions {
  readonly api: ClusterApi;
  /** How a backend is chosen. Default `random`, as kube-proxy with iptables or nftables. */
  readonly scheduler?: SchedulerName;
  /** A number in [0, 1). Default Math.random. */
  readonly random?: () => number;
  readonly clock?: Clock;
  /** Called once for an address and port that cannot be bound. */
  readonly onTrouble?: (service: { namespace: string; name: string; uid: string }, message: string) => void;
}

/** The running service proxy. */
export interface ServiceProxy {
  close(): Promise<void>;
}

/** What all addresses of one Service port share. */
interface PortState {
  readonly affinity: Affinity;
  readonly schedule: Scheduler;
  /** Open connections by `host port`. */
  readonly active: Map<string, number>;
}

interface Listener {
  readonly server: Server;
  frontend: Frontend;
  retry?: Timer;
}

/** What the proxy has for one Service. */
interface Served {
  /** By `ip port`. */
  readonly listeners: Map<string, Listener>;
  /** By name of the Service port. */
  readonly ports: Map<string, PortState>;
}

const keyOf = ({ host, port }: Backend): string => `${host} ${port}`;

class LevelFourProxy implements ServiceProxy {
  readonly #options: Required<ServiceProxyOptions>;
  readonly #view: ClusterView;
  readonly #places: Places;
  /** By `namespace/name`. */
  readonly #served = new Map<string, Served>();
  readonly #sockets = new Set<Socket>();

  constructor(options: Required<ServiceProxyOptions>) {
    this.#options = options;
    this.#places = watchPlaces(options.api, () => this.#syncAll());
    this.#view = createClusterView(options.api, (namespace, name) => this.#sync(namespace, name));
  }

  async close(): Promise<void> {
    this.#view.close();
    this.#places.close();
    const listeners = [...this.#served.values()].flatMap((served) => [...served.listeners.values()]);
    const closed = listeners.map((listener) => this.#end(listener));
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(closed);
  }

  #syncAll(): void {
    for (const { namespace, name } of this.#view.services()) this.#sync(namespace, name);
  }

  /** Opens and closes listeners until they are those of the Service as it is now. */
  #sync(namespace: string, name: string): void {
    const key = `${namespace}/${name}`;
    const service = this.#view.service(namespace, name);
    const { random } = this.#options;
    const frontends = service ? frontendsOf(service, { nodes: this.#places.nodes(), random }) : [];
    const wanted = new Map(frontends.map((frontend) => [keyOf(frontend), frontend]));
    const served = this.#served.get(key) ?? { listeners: new Map<string, Listener>(), ports: new Map() };
    for (const [address, listener] of served.listeners) {
      if (wanted.has(address)) continue;
      void this.#end(listener);
      served.listeners.delete(address);
    }
    for (const [address, frontend] of wanted) {
      const listener = served.listeners.get(address);
      if (listener) listener.frontend = frontend;
      else if (service) served.listeners.set(address, this.#listen(service, frontend));
    }
    if (served.listeners.size > 0) this.#served.set(key, served);
    else this.#served.delete(key);
  }

  #end({ server, retry }: Listener): Promise<void> {
    retry?.cancel();
    return new Promise((resolve) => server.close(() => resolve()));
  }

  #listen(service: ServiceView, frontend: Frontend): Listener {
    const { host, port } = frontend;
    const server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client, service, listener));
    const listener: Listener = { server, frontend };
    let told = false;
    server.on('error', (error: NodeJS.ErrnoException) => {
      const remedy = error.code === 'EACCES' ? ': ports below 1024 need root; use a higher Service port' : '';
      const what = `service proxy cannot listen on ${host}:${port} (${error.code ?? error.message})${remedy}`;
      if (!told) this.#options.onTrouble(service, what);
      told = true;
      listener.retry = this.#options.clock.setTimeout(() => server.listen(port, host), RETRY_MS);
    });
    server.listen(port, host);
    return listener;
  }

  #accept(client: Socket, { namespace, name }: ServiceView, { frontend }: Listener): void {
    this.#track(client);
    const state = this.#state(`${namespace}/${name}`, frontend.portName);
    const choice = state && this.#choose(client, { namespace, name, frontend, state });
    if (!state || !choice) {
      client.on('error', () => {});
      client.resetAndDestroy();
      return;
    }
    const backend = connect({ ...choice, allowHalfOpen: true, timeout: CONNECT_TIMEOUT_MS });
    this.#track(backend);
    const key = keyOf(choice);
    state.active.set(key, (state.active.get(key) ?? 0) + 1);
    backend.on('close', () => {
      const left = (state.active.get(key) ?? 1) - 1;
      if (left > 0) state.active.set(key, left);
      else state.active.delete(key);
    });
    backend.on('timeout', () => backend.connecting && backend.destroy(new Error('connect timeout')));
    backend.on('connect', () => backend.setTimeout(0));
    splice(client, backend);
  }

  #state(key: string, portName: string): PortState | undefined {
    const ports = this.#served.get(key)?.ports;
    if (!ports) return undefined;
    let state = ports.get(portName);
    if (!state) {
      const { scheduler, random } = this.#options;
      const schedule = createScheduler(scheduler, random);
      state = { affinity: new Affinity(), active: new Map(), schedule };
      ports.set(portName, state);
    }
    return state;
  }

  #choose(
    client: Socket,
    at: { namespace: string; name: string; frontend: Frontend; state: PortState },
  ): Backend | undefined {
    const { frontend, state } = at;
    const service = this.#view.service(at.namespace, at.name);
    const source = client.remoteAddress ?? '';
    const all = candidates(this.#view.slices(at.namespace, at.name), frontend.portName);
    const backends = frontend.choices(all, this.#places.of(source));
    if (backends.length === 0) return undefined;
    const draw = (): Backend =>
      state.schedule({
        ...{ backends, source, destination: frontend.host },
        active: (backend) => state.active.get(keyOf(backend)) ?? 0,
      });
    const timeoutMs = service?.affinityMs;
    if (timeoutMs === undefined) return draw();
    const nowMs = this.#options.clock.now();
    const backend = state.affinity.find(source, backends, { nowMs, timeoutMs }) ?? draw();
    state.affinity.remember(source, backend, nowMs);
    return backend;
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
  }
}

/**
 * Serves cluster IPs, node ports and addresses of load balancers at level 4, as kube-proxy does in effect: a backend
 * is chosen per connection and kept until it ends. Without a backend the connection is reset.
 */
export function startServiceProxy(options: ServiceProxyOptions): ServiceProxy {
  return new LevelFourProxy({
    scheduler: 'random',
    random: Math.random,
    clock: systemClock,
    onTrouble: () => {},
    ...options,
  });
}
