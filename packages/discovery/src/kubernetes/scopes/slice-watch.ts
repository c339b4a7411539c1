import type { Clock, Random } from '../../clock.js';
import type { EndpointSetState } from '../../endpoint-set.js';
import type { DiscoveryError, DiscoveryErrorCode } from '../../errors.js';
import type { Logger } from '../../logger.js';
import type { KubeClient, KubeObject, ResourceRef } from '../client/client.js';
import { ServiceStore, type SliceReading } from '../endpoints/service-store.js';
import type { ParsedSlice } from '../endpoints/slice.js';
import { isSilence } from '../reflector/failure.js';
import type { Reflector, ReflectorOptions, RestartReason } from '../reflector/reflector.js';
import { describeScope, type Scope } from './watch-scope.js';

/** Makes a reflector; `createReflector` of this package, or a stand-in in tests. */
export type ReflectorFactory = <L = KubeObject>(options: ReflectorOptions<KubeObject, L>) => Reflector;

export interface SliceWatchOptions {
  readonly client: KubeClient;
  readonly createReflector: ReflectorFactory;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly scope: Scope;
  readonly firstListJitterMs: number;
  readonly onRestart: (reason: RestartReason) => void;
  /** The API server refuses this scope (403). Followers hear of it afterwards, if they are still there. */
  readonly onDenied: (trouble: DiscoveryError) => void;
  /** The API server answers again. */
  readonly onBack: () => void;
  /** The last follower has left. */
  readonly onUnused: () => void;
}

/** Who reads the slices of one Service from a watch. */
export interface SliceFollower {
  /** These slices (by id) are new, changed or gone; `event`: a watch event says so, not a list. */
  onSlices(changed: readonly string[], event: boolean): void;
  /** `state` is another. */
  onState(): void;
}

const ENDPOINT_SLICES: ResourceRef = { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' };
/** So many Services hear of a list before whatever else is due in the process has its turn: they take 3 ms or so. */
const SERVICES_PER_TURN = 50;
/** One warning of a kind a minute: trouble repeats with every attempt. */
const WARN_EVERY_MS = 60_000;

function requestOf(scope: Scope): NonNullable<ReflectorOptions<KubeObject>['request']> {
  if (scope.kind === 'cluster') return {};
  const { namespace } = scope;
  if (scope.kind === 'namespace') return { namespace };
  return { namespace, query: { labelSelector: `kubernetes.io/service-name=${scope.service}` } };
}

/** One watch of EndpointSlices and what it holds. Each follower hears of its own Service only. */
export class SliceWatch {
  readonly #options: SliceWatchOptions;
  readonly #store: ServiceStore;
  readonly #reflector: Reflector;
  readonly #followers = new Map<string, Set<SliceFollower>>();
  readonly #warnedAtMs = new Map<DiscoveryErrorCode, number>();
  #state: EndpointSetState | undefined;
  #synced = false;
  /** The change that the store tells of comes from a watch event, not from a list. */
  #event = false;
  /** Slices that a list changed, by Service, of which its followers have not heard yet. */
  readonly #untold = new Map<string, Set<string>>();
  #turn: NodeJS.Immediate | undefined;

  constructor(options: SliceWatchOptions) {
    this.#options = options;
    this.#store = new ServiceStore((service, slices) => this.#onChange(service, slices), options.logger);
    this.#reflector = options.createReflector({
      client: options.client,
      ref: ENDPOINT_SLICES,
      request: requestOf(options.scope),
      prepare: (object) => this.#store.read(object),
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
    this.#reflector.start();
  }

  get scope(): Scope {
    return this.#options.scope;
  }

  /** Undefined until something was heard. */
  get state(): EndpointSetState | undefined {
    return this.#state;
  }

  /** A complete list was read. */
  get synced(): boolean {
    return this.#synced;
  }

  /** Nothing was heard so far but that the API server does not answer. */
  get hangs(): boolean {
    const state = this.#state;
    return state === undefined || (state.kind === 'unknown' && isSilence(state.cause));
  }

  /** Slices of `namespace/service`, by id. */
  slices(service: string): ReadonlyMap<string, ParsedSlice> {
    return this.#store.slices(service);
  }

  /** Keeps these objects for slices that are the same: what was made of them holds on. */
  adopt(slices: Iterable<ParsedSlice>): void {
    this.#store.adopt(slices);
  }

  /** Adds who reads one Service; returns the function that removes it. */
  follow(service: string, follower: SliceFollower): () => void {
    const followers = this.#followers.get(service) ?? new Set();
    this.#followers.set(service, followers.add(follower));
    return () => {
      if (!followers.delete(follower) || followers.size > 0) return;
      this.#followers.delete(service);
      if (this.#followers.size === 0) this.#options.onUnused();
    };
  }

  /** Who reads this Service hears at once of what a list changed, if that is still to come. */
  catchUp(service: string): void {
    const slices = this.#untold.get(service);
    this.#untold.delete(service);
    if (slices !== undefined) this.#tell(service, [...slices]);
  }

  /** As in `Reflector`. */
  refresh(): void {
    this.#reflector.refresh();
  }

  /** Idempotent. */
  close(): void {
    clearImmediate(this.#turn);
    this.#untold.clear();
    this.#reflector.close();
  }

  #onList(items: readonly SliceReading[]): void {
    const first = !this.#synced;
    this.#live();
    this.#store.replace(items);
    this.#synced = true;
    // Everybody has waited for the first, also those whose Service has no slice.
    if (first) for (const service of this.#followers.keys()) this.#note(service, this.slices(service).keys());
    if (this.#turn === undefined) this.#tellSome();
  }

  #onChange(service: string, slices: readonly string[]): void {
    if (!this.#event) this.#note(service, slices);
    else if (this.#synced) this.#tell(service, slices);
  }

  #note(service: string, slices: Iterable<string>): void {
    if (!this.#followers.has(service)) return;
    const untold = this.#untold.get(service) ?? new Set();
    for (const id of slices) untold.add(id);
    this.#untold.set(service, untold);
  }

  #tellSome(): void {
    this.#turn = undefined;
    let told = 0;
    for (const service of this.#untold.keys()) {
      if (told++ === SERVICES_PER_TURN) {
        this.#turn = setImmediate(() => this.#tellSome());
        return;
      }
      this.catchUp(service);
    }
  }

  #onEvent(change: () => void): void {
    this.#live();
    this.#event = true;
    change();
    this.#event = false;
  }

  #tell(service: string, changed: readonly string[]): void {
    for (const follower of [...(this.#followers.get(service) ?? [])]) follower.onSlices(changed, this.#event);
  }

  #tellState(): void {
    for (const followers of [...this.#followers.values()]) {
      for (const follower of [...followers]) follower.onState();
    }
  }

  #onTrouble(trouble: DiscoveryError | null): void {
    if (trouble === null) {
      if (this.#synced) this.#live();
      return;
    }
    if (trouble.code === 'FORBIDDEN') this.#options.onDenied(trouble);
    if (this.#followers.size === 0) return;
    this.#warn(trouble);
    const old = this.#state;
    const nowMs = this.#options.clock.now();
    // A clock that was set back must not make trouble begin in the future: it would never be old.
    const sinceMs = old === undefined || old.kind === 'live' ? nowMs : Math.min(old.sinceMs, nowMs);
    this.#state = { kind: this.#synced ? 'stale' : 'unknown', sinceMs, cause: trouble };
    this.#tellState();
  }

  #live(): void {
    if (this.#state?.kind === 'live') return;
    const wasLost = this.#state !== undefined;
    if (wasLost) {
      this.#options.logger.info('endpoints are live again', { watch: describeScope(this.scope) });
    }
    this.#state = { kind: 'live' };
    this.#tellState();
    if (wasLost) this.#options.onBack();
  }

  #warn(trouble: DiscoveryError): void {
    const nowMs = this.#options.clock.now();
    const warnedAtMs = this.#warnedAtMs.get(trouble.code) ?? Number.NEGATIVE_INFINITY;
    if (Math.abs(nowMs - warnedAtMs) < WARN_EVERY_MS) return;
    this.#warnedAtMs.set(trouble.code, nowMs);
    this.#options.logger.warn('trouble watching endpoints', {
      watch: describeScope(this.scope),
      code: trouble.code,
      error: trouble.message,
    });
  }
}
