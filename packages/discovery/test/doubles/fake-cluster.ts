import type { DiscoveryError } from '../../src/errors.js';
import type {
  KubeClient,
  KubeObject,
  RequestOptions,
  WatchEvent,
} from '../../src/kubernetes/client/client.js';
import { KubeError } from '../../src/kubernetes/client/kube-error.js';
import type {
  Reflector,
  ReflectorHandler,
  ReflectorOptions,
} from '../../src/kubernetes/reflector/reflector.js';

const unused = (): never => {
  throw new Error('not part of this double');
};

/** A reflector that a test drives by its handler. */
export interface FakeReflector extends Reflector {
  readonly options: ReflectorOptions<KubeObject>;
  readonly handler: ReflectorHandler<KubeObject>;
  started: boolean;
  refreshed: number;
  closed: boolean;
}

/** What answers `get` and `watch` of Services: an object, null (404), or an error. */
export type ServiceAnswer = KubeObject | null | Error;

/** An API server that holds one Service, and reflectors that say what the test wants. */
export class FakeCluster {
  readonly reflectors: FakeReflector[] = [];
  readonly watches: { push(event: WatchEvent): void; end(): void; readonly closed: boolean }[] = [];
  gets = 0;
  /** Options of every get and watch. */
  readonly asked: (RequestOptions | undefined)[] = [];
  /** Undefined: never answers. */
  service: ServiceAnswer | undefined = null;
  /** An error that refuses the watch of Services. */
  watchError: Error | undefined;
  /** What a reflector of Services is told in place of a list. */
  serviceListError: DiscoveryError | undefined;
  /** Watches of Services are never answered. */
  watchHangs = false;

  /** Reflectors of Services: they list what `service` is, at once. */
  readonly serviceReflectors: FakeReflector[] = [];

  readonly createReflector = <L = KubeObject>(options: ReflectorOptions<KubeObject, L>): FakeReflector => {
    const ofServices = options.ref.resource === 'services';
    const handler: ReflectorHandler<KubeObject> = {
      ...options.handler,
      replace: (items) => options.handler.replace(items.map(options.prepare ?? ((item) => item as L))),
    };
    const reflector: FakeReflector = {
      options: { ...options, prepare: (object) => object, handler },
      handler,
      started: false,
      closed: false,
      start: () => {
        reflector.started = true;
        if (ofServices) queueMicrotask(() => this.#listServices(reflector));
      },
      refresh: () => {
        reflector.refreshed += 1;
      },
      refreshed: 0,
      close: () => {
        reflector.closed = true;
      },
    };
    (ofServices ? this.serviceReflectors : this.reflectors).push(reflector);
    return reflector;
  };

  #listServices({ handler, closed }: FakeReflector): void {
    const { service, serviceListError } = this;
    if (closed || service === undefined) return;
    if (serviceListError !== undefined) handler.onState?.(serviceListError);
    else handler.replace(service === null || service instanceof Error ? [] : [service]);
  }

  /** The handler of the newest reflector. */
  get slices(): ReflectorHandler<KubeObject> {
    const newest = this.reflectors.at(-1);
    if (newest === undefined) throw new Error('nothing is watched');
    return newest.handler;
  }

  readonly client: KubeClient = {
    server: 'https://10.0.0.1:6443',
    get: async <T extends KubeObject>(_ref: unknown, _name: string, options?: RequestOptions) => {
      this.gets++;
      this.asked.push(options);
      const answer = this.service;
      if (answer === undefined) return new Promise<T>(() => {});
      if (answer === null) throw new KubeError(404, 'services "svc" not found', { reason: 'NotFound' });
      if (answer instanceof Error) throw answer;
      return answer as T;
    },
    watch: async <T extends KubeObject>(_ref: unknown, options?: RequestOptions) => {
      this.asked.push(options);
      if (this.watchError !== undefined) throw this.watchError;
      if (this.watchHangs) {
        await new Promise((_, reject) => options?.signal?.addEventListener('abort', reject, { once: true }));
      }
      return this.#stream<T>(options?.signal);
    },
    list: unused,
    create: unused,
    update: unused,
    patch: unused,
    delete: unused,
    close: () => {},
  };

  async *#stream<T extends KubeObject>(signal: AbortSignal | undefined): AsyncGenerator<WatchEvent<T>> {
    const events: WatchEvent<T>[] = [];
    const state = { ended: false, wake: () => {} };
    const wake = (): void => state.wake();
    const watch = {
      push: (event: WatchEvent) => {
        events.push(event as WatchEvent<T>);
        wake();
      },
      end: () => {
        state.ended = true;
        wake();
      },
      closed: false,
    };
    this.watches.push(watch);
    signal?.addEventListener('abort', watch.end);
    while (!state.ended || events.length > 0) {
      const event = events.shift();
      if (event !== undefined) yield event;
      else
        await new Promise<void>((resolve) => {
          state.wake = resolve;
        });
    }
    watch.closed = true;
  }
}
