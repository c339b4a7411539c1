import { type Clock, type Random, systemClock, type Timer } from '../clock.js';
import { DiscoveryError } from '../errors.js';
import { type Logger, silentLogger } from '../logger.js';
import type { EndpointObserver, EndpointSource, Watch } from '../source.js';
import type { Target } from '../target.js';
import type { KubeClient } from './client.js';
import { createReflector } from './reflector/create-reflector.js';
import type { RestartReason } from './reflector.js';
import { type ReflectorFactory, ServiceFeed } from './service-feed.js';

export interface KubernetesSourceOptions {
  /** Client of the API server; the source does not close it. */
  readonly client: KubeClient;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Default `Math.random`. */
  readonly random?: Random;
  /** Default: silent. */
  readonly logger?: Logger;
  /** How long an endpoint that vanishes without a word stays (ms, default 50; ten times that when most vanish). */
  readonly settleMs?: number;
  /** How long a watch goes on after its last observer left (ms, default 30000). */
  readonly lingerMs?: number;
  /** After so long without contact a set counts as empty (ms, default Infinity). */
  readonly maxStaleMs?: number;
  /** Upper end of the random delay of a first list, from the sixth Service on (ms, default 500). */
  readonly firstListJitterMs?: number;
  /** Told when a watch starts over, for `fairlead.watch.restarts`. */
  readonly onRestart?: (reason: RestartReason) => void;
  /** Told when the last watch has ended and its linger time is over, and when the source is closed. */
  readonly onIdle?: () => void;
  /** What lists and watches. Default `createReflector`. */
  readonly createReflector?: ReflectorFactory;
}

/** So many Services may list at once when a process starts; the API server's fair queues take that easily. */
const LISTS_AT_ONCE = 5;
/** The longest delay of a timer (2^31 - 1 ms). */
const FOREVER_MS = 2_147_483_647;

type Complete = Required<Omit<KubernetesSourceOptions, 'onIdle'>> & Pick<KubernetesSourceOptions, 'onIdle'>;

/** Keeps the process alive while somebody asks for it; sockets and timers of the source never do. */
class ProcessHold {
  #count = 0;
  #handle: NodeJS.Timeout | undefined;

  acquire(): void {
    if (this.#count++ === 0) this.#handle = setInterval(() => {}, FOREVER_MS);
  }

  release(): void {
    if (--this.#count === 0) clearInterval(this.#handle);
  }
}

class KubernetesSource implements EndpointSource {
  readonly #options: Complete;
  readonly #feeds = new Map<string, ServiceFeed>();
  readonly #lingering = new Map<string, Timer>();
  readonly #open = new Set<Watch>();
  readonly #hold = new ProcessHold();
  #closed = false;

  constructor(options: Complete) {
    this.#options = options;
  }

  watch(target: Target, observer: EndpointObserver, { ref = true }: { readonly ref?: boolean } = {}): Watch {
    if (this.#closed) throw new DiscoveryError('CLOSED', `target "${target.text}": the source is closed`);
    const id = `${target.namespace}/${target.service}`;
    this.#lingering.get(id)?.cancel();
    this.#lingering.delete(id);
    const feed = this.#feeds.get(id) ?? this.#start(id, target);
    const leave = feed.join(target, observer);
    if (ref) this.#hold.acquire();
    const watch: Watch = {
      close: () => {
        if (!this.#open.delete(watch)) return;
        leave();
        if (ref) this.#hold.release();
        if (feed.idle && this.#feeds.get(id) === feed) this.#linger(id, feed);
      },
    };
    this.#open.add(watch);
    return watch;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const watch of [...this.#open]) watch.close();
    const wasIdle = this.#feeds.size === 0;
    for (const [id, feed] of [...this.#feeds]) this.#end(id, feed);
    if (wasIdle) this.#options.onIdle?.();
  }

  #start(id: string, { namespace, service }: Target): ServiceFeed {
    const firstListJitterMs = this.#feeds.size < LISTS_AT_ONCE ? 0 : this.#options.firstListJitterMs;
    const feed = new ServiceFeed({ ...this.#options, namespace, service, firstListJitterMs });
    this.#feeds.set(id, feed);
    feed.start();
    return feed;
  }

  #linger(id: string, feed: ServiceFeed): void {
    const timer = this.#options.clock.setTimeout(() => this.#end(id, feed), this.#options.lingerMs);
    timer.unref();
    this.#lingering.set(id, timer);
  }

  #end(id: string, feed: ServiceFeed): void {
    this.#lingering.get(id)?.cancel();
    this.#lingering.delete(id);
    this.#feeds.delete(id);
    feed.close();
    if (this.#feeds.size === 0) this.#options.onIdle?.();
  }
}

/**
 * Makes the source of endpoint sets that follows EndpointSlices: one watch per Service for any number of targets and
 * observers, started by the first and ended `lingerMs` after the last.
 */
export function createKubernetesSource(options: KubernetesSourceOptions): EndpointSource {
  return new KubernetesSource({
    clock: systemClock,
    random: Math.random,
    logger: silentLogger,
    settleMs: 50,
    lingerMs: 30_000,
    maxStaleMs: Number.POSITIVE_INFINITY,
    firstListJitterMs: 500,
    onRestart: () => {},
    createReflector,
    ...definedOnly(options),
  });
}

/** Options that are spelled out as undefined take their default too. */
function definedOnly(options: KubernetesSourceOptions): KubernetesSourceOptions {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as unknown as KubernetesSourceOptions;
}
