import type { Clock, Random } from '../../clock.js';
import type { EndpointSetState } from '../../endpoint-set.js';
import type { DiscoveryError, DiscoveryErrorCode } from '../../errors.js';
import type { Logger } from '../../logger.js';
import type { EndpointObserver } from '../../source.js';
import type { Target } from '../../target.js';
import type { KubeClient, KubeObject, ResourceRef } from '../client/client.js';
import type { Reflector, ReflectorOptions, RestartReason } from '../reflector/reflector.js';
import { needsService, type ServiceView } from './port-rule.js';
import { ServiceStore } from './service-store.js';
import { ServiceWatch } from './service-watch.js';
import type { ParsedSlice } from './slice.js';
import { type ServiceFacts, TargetView } from './target-view.js';

/** Makes a reflector; `createReflector` of this package, or a stand-in in tests. */
export type ReflectorFactory = (options: ReflectorOptions<KubeObject>) => Reflector;

export interface ServiceFeedOptions {
  readonly client: KubeClient;
  readonly createReflector: ReflectorFactory;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly namespace: string;
  readonly service: string;
  readonly firstListJitterMs: number;
  readonly onRestart: (reason: RestartReason) => void;
}

/** What observers of one target may want differently, although one watch serves them all. */
export interface ViewTiming {
  /** How long an endpoint that vanishes without a word stays (ms). */
  readonly settleMs: number;
  /** After so long without contact the set counts as empty (ms). */
  readonly maxStaleMs: number;
}

const ENDPOINT_SLICES: ResourceRef = { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' };
/** One warning of a kind a minute: trouble repeats with every attempt. */
const WARN_EVERY_MS = 60_000;

/** Everything about one Service: one watch of its slices, and a view for each target that names it. */
export class ServiceFeed implements ServiceFacts {
  readonly #options: ServiceFeedOptions;
  readonly #id: string;
  readonly #store: ServiceStore;
  readonly #reflector: Reflector;
  readonly #views = new Map<string, TargetView>();
  readonly #triggers = new Map<string, number | undefined>();
  readonly #warnedAtMs = new Map<DiscoveryErrorCode, number>();
  #serviceWatch: ServiceWatch | undefined;
  #state: EndpointSetState | undefined;
  #synced = false;
  /** The change that the store tells of comes from a watch event, not from a list. */
  #event = false;

  constructor(options: ServiceFeedOptions) {
    this.#options = options;
    this.#id = `${options.namespace}/${options.service}`;
    this.#store = new ServiceStore((service, slices) => this.#onSlices(service, slices), options.logger);
    this.#reflector = options.createReflector({
      client: options.client,
      ref: ENDPOINT_SLICES,
      request: {
        namespace: options.namespace,
        query: { labelSelector: `kubernetes.io/service-name=${options.service}` },
      },
      handler: {
        replace: (items) => this.#onList(items),
        upsert: (item) => this.#onEvent(() => this.#store.upsert(item)),
        remove: (item) => this.#onEvent(() => this.#store.remove(item)),
        onState: (trouble) => this.#onTrouble(trouble),
        onRestart: options.onRestart,
      },
      clock: options.clock,
      random: options.random,
      logger: options.logger,
      keepProcessAlive: false,
      sameElementsOf: 'endpoints',
      firstListJitterMs: options.firstListJitterMs,
    });
  }

  get slices(): ReadonlyMap<string, ParsedSlice> {
    return this.#store.slices(this.#id);
  }

  get service(): ServiceView {
    return this.#serviceWatch?.view ?? { kind: 'pending' };
  }

  get state(): EndpointSetState | undefined {
    return this.#state;
  }

  get synced(): boolean {
    return this.#synced;
  }

  /** True when nobody observes. */
  get idle(): boolean {
    return [...this.#views.values()].every((view) => view.idle);
  }

  start(): void {
    this.#reflector.start();
  }

  close(): void {
    this.#reflector.close();
    this.#serviceWatch?.close();
    for (const view of this.#views.values()) view.close();
    this.#views.clear();
  }

  /** Adds an observer of one target; returns the function that removes it. */
  join(target: Target, observer: EndpointObserver, { settleMs, maxStaleMs }: ViewTiming): () => void {
    const id = `${settleMs} ${maxStaleMs} ${target.text}`;
    let view = this.#views.get(id);
    if (view === undefined) {
      const { clock, logger } = this.#options;
      view = new TargetView({ target, facts: this, clock, logger, settleMs, maxStaleMs });
      this.#views.set(id, view);
      this.#watchService();
      view.update();
    }
    const joined = view;
    const leave = joined.join(observer);
    return () => {
      leave();
      if (joined.idle && !this.idle) this.#drop(id, joined);
    };
  }

  /** Ends a view that nobody observes while others are observed; the last ones stay for who comes back. */
  #drop(id: string, view: TargetView): void {
    if (this.#views.get(id) !== view) return;
    this.#views.delete(id);
    view.close();
    this.#watchService();
  }

  #onList(items: readonly KubeObject[]): void {
    const first = !this.#synced;
    this.#synced = true;
    this.#live();
    this.#store.replace(items);
    if (first && this.slices.size === 0) this.#updateViews();
  }

  #onEvent(change: () => void): void {
    this.#live();
    this.#event = true;
    change();
    this.#event = false;
  }

  #onSlices(service: string, changed: readonly string[]): void {
    if (service !== this.#id) return;
    const ageMs = this.#ageMs(changed);
    this.#updateViews(changed, ageMs);
  }

  #updateViews(changed?: readonly string[], ageMs?: number): void {
    this.#watchService();
    for (const view of this.#views.values()) view.update(changed, ageMs);
  }

  /**
   * The age that the slices' trigger time gives, only where it says something: on a watch event that brings a new
   * one. Many updates leave the annotation out or as it was.
   */
  #ageMs(changed: readonly string[]): number | undefined {
    let ageMs: number | undefined;
    for (const id of changed) {
      const triggerMs = this.slices.get(id)?.triggerMs;
      const fresh = triggerMs !== undefined && triggerMs !== this.#triggers.get(id);
      if (this.slices.has(id)) this.#triggers.set(id, triggerMs);
      else this.#triggers.delete(id);
      if (fresh && this.#event) ageMs = this.#options.clock.now() - triggerMs;
    }
    return ageMs;
  }

  /** Watches the Service object exactly while a view needs it. */
  #watchService(): void {
    const slices = [...this.slices.values()];
    const needed =
      this.#synced && [...this.#views.values()].some((view) => needsService(view.target.port, slices));
    if (needed === (this.#serviceWatch !== undefined)) return;
    if (!needed) {
      this.#serviceWatch?.close();
      this.#serviceWatch = undefined;
      return;
    }
    const { client, namespace, service, clock, random } = this.#options;
    const onChange = (): void => {
      for (const view of this.#views.values()) view.update();
    };
    this.#serviceWatch = new ServiceWatch({ client, namespace, name: service, clock, random, onChange });
  }

  #onTrouble(trouble: DiscoveryError | null): void {
    if (trouble === null) {
      if (this.#synced) this.#live();
      return;
    }
    this.#warn(trouble);
    const old = this.#state;
    const nowMs = this.#options.clock.now();
    // A clock that was set back must not make trouble begin in the future: it would never be old.
    const sinceMs = old === undefined || old.kind === 'live' ? nowMs : Math.min(old.sinceMs, nowMs);
    this.#state = { kind: this.#synced ? 'stale' : 'unknown', sinceMs, cause: trouble };
    this.#scheduleViews();
  }

  #live(): void {
    if (this.#state?.kind === 'live') return;
    if (this.#state !== undefined) {
      this.#options.logger.info('endpoints are live again', { service: this.#id });
    }
    this.#state = { kind: 'live' };
    this.#scheduleViews();
  }

  #scheduleViews(): void {
    for (const view of this.#views.values()) view.schedule();
  }

  #warn(trouble: DiscoveryError): void {
    const nowMs = this.#options.clock.now();
    const warnedAtMs = this.#warnedAtMs.get(trouble.code) ?? Number.NEGATIVE_INFINITY;
    if (Math.abs(nowMs - warnedAtMs) < WARN_EVERY_MS) return;
    this.#warnedAtMs.set(trouble.code, nowMs);
    this.#options.logger.warn('trouble watching endpoints', {
      service: this.#id,
      code: trouble.code,
      error: trouble.message,
    });
  }
}
