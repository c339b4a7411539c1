import type { Timer } from '../../clock.js';
import type { DiscoveryError } from '../../errors.js';
import { SliceWatch, type SliceWatchOptions } from './slice-watch.js';
import { describeScope, type Scope, SILENCE_MS, type WatchScope, widest } from './watch-scope.js';

/** What of its slices' watch a Service must let itself be told. */
export interface Placed {
  readonly namespace: string;
  /** Name of the Service object. */
  readonly name: string;
  /** Reads from this watch from now on, or as soon as nothing is lost by it. `now` as in `Handover`. */
  follow(watch: SliceWatch, options?: { readonly now?: boolean }): void;
  /** Something was heard: silence of the watch that it follows is no emergency. */
  readonly synced: boolean;
  /** It waits for the first word of this watch. */
  follows(watch: SliceWatch): boolean;
  /** As in `Handover`. */
  standIn(watch: SliceWatch): void;
}

export type WatchScopesOptions = Omit<SliceWatchOptions, 'scope' | 'onDenied' | 'onBack' | 'onUnused'>;

/**
 * From so many Services of one namespace on, one watch serves them all: each watch is a connection, and an API server
 * looks at every slice of a namespace for each of them.
 */
export const SERVICES_PER_NAMESPACE_WATCH = 20;
/** So many watches may list at once when a process starts; the API server's fair queues take that easily. */
const LISTS_AT_ONCE = 5;
/** From so many watches on the delays grow with their number, so that lists come at the same rate at most. */
const WATCHES_PER_JITTER = 50;

/** A refused scope is asked for again after so long (ms): rights may be given later. */
const DENIED_MS = 600_000;

/**
 * Decides which watch serves which Service. A namespace that got a watch of its own keeps it until its last Service
 * is left: a process that needed it once will again, and each way back would list every Service anew.
 */
export class WatchScopes {
  readonly #options: WatchScopesOptions;
  readonly #wishes = new Map<Placed, WatchScope>();
  readonly #byNamespace = new Map<string, Set<Placed>>();
  readonly #watches = new Map<string, SliceWatch>();
  /** Scopes that the API server refused lately, with when they are asked for again. */
  readonly #denied = new Map<string, Timer>();
  /** Services that have not heard anything yet, until silence counts as too long. */
  readonly #silent = new Map<Placed, Timer>();
  /** Scopes of which it was said that they are refused, while there is a Service that they would serve. */
  readonly #told = new Set<string>();

  constructor(options: WatchScopesOptions) {
    this.#options = options;
  }

  /** Gives a Service a watch, or a wider one. */
  place(placed: Placed, wish: WatchScope): void {
    const before = this.#wishes.get(placed);
    const now = before === undefined ? wish : widest(before, wish);
    if (now === before) return;
    this.#wishes.set(placed, now);
    const neighbours = this.#byNamespace.get(placed.namespace) ?? new Set();
    this.#byNamespace.set(placed.namespace, neighbours.add(placed));
    this.#assign(placed);
    if (before === undefined) this.#expectWord(placed);
  }

  #expectWord(placed: Placed): void {
    const timer = this.#options.clock.setTimeout(() => {
      this.#silent.delete(placed);
      if (placed.synced) return;
      this.#relieve(placed);
      // A watch that is in trouble now may hang later.
      this.#expectWord(placed);
    }, SILENCE_MS);
    timer.unref();
    this.#silent.set(placed, timer);
  }

  /** A wider watch in any other trouble than silence does not hang: one of the Service alone would have the same. */
  #relieve(placed: Placed): void {
    const scope = this.#scopeOf(placed);
    const wide = this.#watches.get(describeScope(scope));
    if (scope.kind === 'service' || wide === undefined || !wide.hangs || !placed.follows(wide)) return;
    const { namespace, name: service } = placed;
    const narrow: Scope = { kind: 'service', namespace, service };
    this.#options.logger.warn('a watch says nothing, going on with one of the Service alone', {
      watch: describeScope(scope),
      service: describeScope(narrow),
    });
    placed.standIn(this.#watches.get(describeScope(narrow)) ?? this.#open(narrow));
  }

  /** Forgets a Service that has left its watch. */
  remove(placed: Placed): void {
    const { namespace } = placed;
    const neighbours = this.#byNamespace.get(namespace);
    this.#wishes.delete(placed);
    this.#silent.get(placed)?.cancel();
    this.#silent.delete(placed);
    neighbours?.delete(placed);
    if (neighbours?.size === 0) {
      this.#byNamespace.delete(namespace);
      this.#forget(describeScope({ kind: 'namespace', namespace }));
    }
    if (this.#wishes.size === 0) for (const name of [...this.#told]) this.#forget(name);
  }

  #forget(name: string): void {
    this.#told.delete(name);
    this.#denied.get(name)?.cancel();
    this.#denied.delete(name);
  }

  #assign(placed: Placed, options?: { readonly now: boolean }): void {
    const scope = this.#scopeOf(placed);
    const open = this.#watches.get(describeScope(scope));
    placed.follow(open ?? this.#open(scope), options);
    // A wider watch that is there anyway serves the others, too.
    if (open === undefined) for (const each of this.#within(scope)) this.#assign(each);
  }

  #scopeOf(placed: Placed): Scope {
    const { namespace, name: service } = placed;
    const wish = this.#wishes.get(placed);
    const cluster: Scope = { kind: 'cluster' };
    const whole: Scope = { kind: 'namespace', namespace };
    if (wish === 'service') return { kind: 'service', namespace, service };
    if (this.#isAllowed(cluster) && (wish === 'cluster' || this.#isOpen(cluster))) return cluster;
    const wanted = wish !== 'auto' || this.#isOpen(whole) || this.#isCrowded(namespace);
    return this.#isAllowed(whole) && wanted ? whole : { kind: 'service', namespace, service };
  }

  #isAllowed(scope: Scope): boolean {
    return !this.#denied.has(describeScope(scope));
  }

  #isOpen(scope: Scope): boolean {
    return this.#watches.has(describeScope(scope));
  }

  #isCrowded(namespace: string): boolean {
    const neighbours = this.#byNamespace.get(namespace) ?? new Set();
    if (neighbours.size < SERVICES_PER_NAMESPACE_WATCH) return false;
    const willing = [...neighbours].filter((each) => this.#wishes.get(each) !== 'service');
    return willing.length >= SERVICES_PER_NAMESPACE_WATCH;
  }

  /** The Services that a watch wider than theirs would serve. */
  #within(scope: Scope): readonly Placed[] {
    if (scope.kind === 'service') return [];
    if (scope.kind === 'cluster') return [...this.#wishes.keys()];
    return [...(this.#byNamespace.get(scope.namespace) ?? [])];
  }

  #open(scope: Scope): SliceWatch {
    const name = describeScope(scope);
    const count = this.#watches.size;
    const jitterMs = this.#options.firstListJitterMs * Math.max(1, count / WATCHES_PER_JITTER);
    const watch = new SliceWatch({
      ...this.#options,
      scope,
      firstListJitterMs: count < LISTS_AT_ONCE ? 0 : jitterMs,
      onDenied: (trouble) => this.#deny(scope, trouble),
      // One of them was answered: the others need not sit out back-offs of half a minute.
      onBack: () => {
        for (const each of this.#watches.values()) if (each !== watch) each.refresh();
      },
      onUnused: () => {
        this.#watches.delete(name);
        watch.close();
      },
    });
    this.#watches.set(name, watch);
    return watch;
  }

  /** The narrower watches do as well meanwhile, and may be refused too. */
  #deny(scope: Scope, trouble: DiscoveryError): void {
    if (scope.kind === 'service' || !this.#isAllowed(scope)) return;
    const name = describeScope(scope);
    const again = this.#options.clock.setTimeout(() => {
      this.#denied.delete(name);
      for (const each of this.#within(scope)) this.#assign(each);
    }, DENIED_MS);
    again.unref();
    this.#denied.set(name, again);
    if (!this.#told.has(name)) {
      this.#told.add(name);
      const fields = { watch: name, error: trouble.message };
      const msg = 'the API server refuses to watch so much at once, going on with narrower watches';
      this.#options.logger.warn(msg, fields);
    }
    for (const each of this.#within(scope)) this.#assign(each, { now: true });
  }
}
