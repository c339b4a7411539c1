import type { ServerInterceptor, ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import { CallRegistry } from './call-registry.js';
import { Drain, type DrainedServer, type DrainResult, type StoppableServer } from './drain.js';
import { refused, ServerError } from './errors.js';
import {
  type AddedService,
  type LifecycleOptions,
  type ResolvedOptions,
  resolveOptions,
  warnOfShortGrace,
} from './options.js';

/** A `grpc.Server` of any copy of grpc-js. */
export interface GrpcServer {
  addService?(definition: ServiceDefinition, implementation: UntypedServiceImplementation): void;
  tryShutdown(callback: (error?: Error) => void): void;
  forceShutdown(): void;
}

/** Drains the servers of one process. */
export interface Lifecycle {
  /**
   * Options for `new grpc.Server(…)`: the interceptor that counts calls and ends those that outlast the grace with
   * UNAVAILABLE, then those of `loadReports` and `admission`. On a server without it calls end CANCELLED and are in no
   * count. A new object each time it is read.
   */
  readonly serverOptions: { interceptors: ServerInterceptor[] };
  /** Whether new calls are welcome: false from the moment a drain begins. For readiness probes over HTTP. */
  readonly ready: boolean;
  /**
   * Drains this server too, arms the signals, and adds the services of `health` and `loadReports` to a `grpc.Server`
   * that does not have them yet. Throws `ServerError` after the drain began or after `close()`.
   */
  attach(server: GrpcServer | StoppableServer): void;
  /** Starts the drain, or joins the one that is going on. Never rejects; leaves the process running. */
  drain(): Promise<DrainResult>;
  /** Disarms the signals. A drain that is going on ends as it would. */
  close(): void;
}

/**
 * Makes the lifecycle of a process: on a signal its servers first say NOT_SERVING but still accept, then stop
 * accepting and let calls finish, and at last end what is left with UNAVAILABLE, which clients may retry.
 */
export function createLifecycle(options: LifecycleOptions = {}): Lifecycle {
  const resolved = resolveOptions(options);
  warnOfShortGrace(resolved);
  return new ProcessLifecycle(resolved);
}

class ProcessLifecycle implements Lifecycle {
  private readonly options: ResolvedOptions;
  private readonly calls = new CallRegistry();
  private readonly servers: DrainedServer[] = [];
  private readonly attached = new Set<object>();
  private running: Drain | undefined;
  private armed = false;
  private closed = false;

  constructor(options: ResolvedOptions) {
    this.options = options;
  }

  get serverOptions(): { interceptors: ServerInterceptor[] } {
    const { loadReports, admission } = this.options;
    // The first one is next to the wire: what is refused or cut is still counted and reported.
    const more = [loadReports, admission].flatMap((part) => part?.serverOptions.interceptors ?? []);
    return { interceptors: [this.calls.interceptor, ...more] };
  }

  get ready(): boolean {
    return this.running === undefined;
  }

  attach(server: GrpcServer | StoppableServer): void {
    if (this.closed)
      throw new ServerError('CLOSED', 'the lifecycle is closed: attach the server before close()');
    if (this.running !== undefined) {
      throw new ServerError('CLOSED', 'the lifecycle is draining: attach the server before the drain begins');
    }
    if (this.attached.has(server)) return;
    const target = stoppable(server);
    this.servers.push({
      stop: () => target.stop(),
      force: () => target.force(),
      counted: hasInterceptor(server, this.calls.interceptor),
    });
    this.attached.add(server);
    for (const part of [this.options.health, this.options.loadReports]) addTo(server, part);
    this.arm();
  }

  drain(): Promise<DrainResult> {
    return this.begin(null).start();
  }

  close(): void {
    this.closed = true;
    if (!this.armed) return;
    this.armed = false;
    for (const signal of this.options.signals) this.options.process.off(signal, this.onSignal);
  }

  private begin(signal: NodeJS.Signals | null): Drain {
    const { options, servers, calls } = this;
    this.running ??= new Drain({ options, servers, calls, signal });
    return this.running;
  }

  private arm(): void {
    if (this.armed) return;
    this.armed = true;
    for (const signal of this.options.signals) this.options.process.on(signal, this.onSignal);
  }

  private readonly onSignal = (signal: NodeJS.Signals): void => {
    if (this.running?.signal) {
      this.running.skip();
      return;
    }
    // A drain that the application began before the signal goes on as planned: the kubelet sends only one.
    const drain = this.begin(signal);
    drain.signal = signal;
    const { exit, process } = this.options;
    void drain.start().then(() => {
      if (exit) process.exit(0);
    });
  };
}

function stoppable(server: GrpcServer | StoppableServer): StoppableServer {
  if (typeof server === 'object' && server !== null) {
    if ('tryShutdown' in server && typeof server.tryShutdown === 'function') return ofGrpc(server);
    if ('stop' in server && typeof server.stop === 'function' && typeof server.force === 'function')
      return server;
  }
  throw refused('server', server, 'a grpc.Server, or an object with the functions stop and force');
}

/**
 * Whether the server surely reports its calls to the interceptor. grpc-js tells nobody which interceptors a server has:
 * its own field is looked at, and where that is not found the answer is the careful one.
 */
function hasInterceptor(server: object, interceptor: ServerInterceptor): boolean {
  return (
    'interceptors' in server &&
    Array.isArray(server.interceptors) &&
    server.interceptors.includes(interceptor)
  );
}

function addTo(server: GrpcServer | StoppableServer, part: Partial<AddedService> | undefined): void {
  if (part?.definition === undefined || part.implementation === undefined) return;
  if (!('addService' in server)) return;
  try {
    server.addService?.(part.definition, part.implementation);
  } catch {
    // It has this service already: the application's own, or the same one. grpc-js has no way to ask before.
  }
}

function ofGrpc(server: GrpcServer): StoppableServer {
  return {
    stop: () =>
      new Promise<void>((resolve, reject) => {
        server.tryShutdown((error) => (error === undefined ? resolve() : reject(error)));
      }),
    force: () => server.forceShutdown(),
  };
}
