import { type Clock, type Random, systemClock, type Timer } from '../clock.js';
import { DiscoveryError } from '../errors.js';
import { guarded, type Logger, silentLogger } from '../logger.js';
import { ProcessHold } from '../process-hold.js';
import type { EndpointObserver, EndpointSource, Watch } from '../source.js';
import type { Target } from '../target.js';
import type { KubeClient } from './client/client.js';
import { ServiceFeed, type ServiceReader, type ViewTiming } from './endpoints/service-feed.js';
import { createReflector } from './reflector/create-reflector.js';
import type { RestartReason } from './reflector/reflector.js';
import { ServiceObjects } from './scopes/service-objects.js';
import type { ReflectorFactory } from './scopes/slice-watch.js';
import { checkWatchScope, type WatchScope } from './scopes/watch-scope.js';
import { WatchScopes } from './scopes/watch-scopes.js';

export interface KubernetesSourceOptions {
  /** Client of the API server; the source does not close it. */
  readonly client: KubeClient;
  /** Default: the machine's. */
  readonly clock?: Clock | undefined;
  /** Default `Math.random`. */
  readonly random?: Random | undefined;
  /** Default: silent. */
  readonly logger?: Logger | undefined;
  /** How long an endpoint that vanishes without a word stays (ms, default 50; ten times that when most vanish). */
  readonly settleMs?: number | undefined;
  /** How long a watch goes on after its last observer left (ms, default 30000). */
  readonly lingerMs?: number | undefined;
  /** After so long without contact a set counts as empty (ms, default Infinity). */
  readonly maxStaleMs?: number | undefined;
  /** How much one watch covers (default `auto`). */
  readonly watchScope?: WatchScope | undefined;
  /** Upper end of the random delay of a first list, from the sixth watch on (ms, default 500). */
  readonly firstListJitterMs?: number | undefined;
  /** Told when a watch starts over, for `fairlead.watch.restarts`. */
  readonly onRestart?: ((reason: RestartReason) => void) | undefined;
  /** Told when the last watch has ended and its linger time is over, and when the source is closed. */
  readonly onIdle?: (() => void) | undefined;
  /** What lists and watches. Default `createReflector`. */
  readonly createReflector?: ReflectorFactory | undefined;
}

/** What one user of a source may want differently from another, although one watch serves both. */
export interface WatchTiming extends ViewTiming {
  /** How long the watch goes on after its last observer left (ms); the longest that was asked for holds. */
  readonly lingerMs: number;
}

export interface KubernetesWatchOptions extends Partial<WatchTiming> {
  /** As in `EndpointSource`. */
  readonly ref?: boolean;
  /** The widest that is asked for holds for everybody who watches the Service. */
  readonly watchScope?: WatchScope | undefined;
}

/** The source of one API server as one user. */
export interface KubernetesSource extends EndpointSource {
  /** What the options do not say is as the source was made. */
  watch(target: Target, observer: EndpointObserver, options?: KubernetesWatchOptions): Watch;
  /**
   * Reads the Service object of a target, by the watch that numeric ports need, too; the reader is told what is known
   * and each change. It needs `services` get and watch.
   */
  readService(target: Target, reader: ServiceReader, options?: KubernetesWatchOptions): Watch;
}

type Complete = Required<Omit<KubernetesSourceOptions, 'onIdle'>> & Pick<KubernetesSourceOptions, 'onIdle'>;

/** A Service that is watched. */
interface Running {
  readonly feed: ServiceFeed;
  lingerMs: number;
  /** Ends it; set while nobody observes. */
  end?: Timer;
}

/** An open watch. */
interface User {
  readonly id: string;
  readonly running: Running;
  readonly ref: boolean;
  readonly leave: () => void;
}

/** Becomes a user of a feed; returns the function that ends that. */
type Join = (feed: ServiceFeed, timing: ViewTiming) => () => void;

class SharedWatches implements KubernetesSource {
  readonly #options: Complete;
  readonly #running = new Map<string, Running>();
  readonly #scopes: WatchScopes;
  readonly #objects: ServiceObjects;
  readonly #open = new Set<Watch>();
  readonly #hold = new ProcessHold();
  #closed = false;

  constructor(options: Complete) {
    this.#options = options;
    this.#scopes = new WatchScopes(options);
    this.#objects = new ServiceObjects(options);
  }

  watch(target: Target, observer: EndpointObserver, options: KubernetesWatchOptions = {}): Watch {
    return this.#enter(target, options, (feed, timing) => feed.join(target, observer, timing));
  }

  readService(target: Target, reader: ServiceReader, options: KubernetesWatchOptions = {}): Watch {
    return this.#enter(target, options, (feed) => feed.read(reader));
  }

  #enter(target: Target, options: KubernetesWatchOptions, join: Join): Watch {
    if (this.#closed) throw new DiscoveryError('CLOSED', `target "${target.text}": the source is closed`);
    const wanted = { ...this.#options, ...definedOnly(options) };
    const { ref = true, settleMs, lingerMs, maxStaleMs, watchScope } = wanted;
    checkWatchScope(watchScope);
    const id = `${target.namespace}/${target.service}`;
    const running = this.#running.get(id) ?? this.#start(id, target);
    running.end?.cancel();
    running.lingerMs = Math.max(running.lingerMs, lingerMs);
    this.#scopes.place(running.feed, watchScope);
    const leave = join(running.feed, { settleMs, maxStaleMs });
    if (ref) this.#hold.acquire();
    // Given up by close(): a closed watch that somebody keeps must not keep the endpoints, too.
    let user: User | undefined = { id, running, ref, leave };
    const watch: Watch = {
      refresh: () => user?.running.feed.refresh(),
      close: () => {
        if (user === undefined) return;
        const leaving = user;
        user = undefined;
        this.#open.delete(watch);
        this.#leave(leaving);
      },
    };
    this.#open.add(watch);
    return watch;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const watch of [...this.#open]) watch.close();
    const wasIdle = this.#running.size === 0;
    for (const [id, running] of [...this.#running]) this.#end(id, running);
    if (wasIdle) this.#options.onIdle?.();
  }

  #leave({ id, running, ref, leave }: User): void {
    leave();
    if (ref) this.#hold.release();
    if (running.feed.idle && this.#running.get(id) === running) this.#linger(id, running);
  }

  #start(id: string, { namespace, service }: Target): Running {
    const { clock, logger } = this.#options;
    const feed = new ServiceFeed({ objects: this.#objects, clock, logger, namespace, service });
    const running = { feed, lingerMs: 0 };
    this.#running.set(id, running);
    return running;
  }

  #linger(id: string, running: Running): void {
    running.end = this.#options.clock.setTimeout(() => this.#end(id, running), running.lingerMs);
    running.end.unref();
  }

  #end(id: string, { feed, end }: Running): void {
    end?.cancel();
    this.#running.delete(id);
    feed.close();
    this.#scopes.remove(feed);
    if (this.#running.size === 0) this.#options.onIdle?.();
  }
}

/**
 * Makes the source of endpoint sets that follows EndpointSlices: one watch per Service, namespace or cluster
 * (`watchScope`) for any number of targets and observers, started by the first and ended `lingerMs` after the last.
 */
export function createKubernetesSource(options: KubernetesSourceOptions): KubernetesSource {
  return new SharedWatches({
    clock: systemClock,
    random: Math.random,
    settleMs: 50,
    lingerMs: 30_000,
    maxStaleMs: Number.POSITIVE_INFINITY,
    watchScope: 'auto',
    firstListJitterMs: 500,
    onRestart: () => {},
    createReflector,
    ...definedOnly(options),
    logger: guarded(options.logger ?? silentLogger),
  });
}

/** Options that are spelled out as undefined take their default too. */
function definedOnly<T extends object>(options: T): T {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as T;
}
