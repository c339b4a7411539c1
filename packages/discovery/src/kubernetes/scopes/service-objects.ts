import type { Clock, Random, Timer } from '../../clock.js';
import type { DiscoveryError } from '../../errors.js';
import type { Logger } from '../../logger.js';
import type { KubeClient, KubeObject } from '../client/client.js';
import type { ServiceFields, ServiceView } from '../endpoints/port-rule.js';
import { SERVICES, viewOf, watchService } from '../endpoints/service-watch.js';
import type { ObjectWatch } from '../object-watch.js';
import { isSilence } from '../reflector/failure.js';
import type { Reflector } from '../reflector/reflector.js';
import type { ReflectorFactory } from './slice-watch.js';
import { describeScope, type Scope, SILENCE_MS } from './watch-scope.js';

export interface ServiceObjectsOptions {
  readonly client: KubeClient;
  readonly createReflector: ReflectorFactory;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Which Service, and who hears that its view is another. */
export interface ServiceObjectOptions {
  readonly namespace: string;
  readonly name: string;
  readonly onChange: () => void;
}

/** A watch of one Service alone. */
type ServiceWatch = ObjectWatch<ServiceFields>;

const PENDING: ServiceView = { kind: 'pending' };
const MISSING: ServiceView = { kind: 'missing' };

type WideScope = Exclude<Scope, { readonly kind: 'service' }>;

function same(a: ServiceView | undefined, b: ServiceView | undefined): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

const idOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name ?? ''}`;

/** One watch of all Services of a namespace or a cluster. Each follower hears of its own only. */
class WideServiceWatch {
  readonly #views = new Map<string, ServiceView>();
  readonly #followers = new Map<string, Set<() => void>>();
  readonly #reflector: Reflector;
  readonly #onUnused: () => void;
  readonly #patience: Timer;
  #synced = false;
  #mute = false;

  constructor(scope: WideScope, options: ServiceObjectsOptions, onUnused: () => void) {
    this.#onUnused = onUnused;
    const giveUp = (why: string, error?: string): void => {
      if (this.#synced || this.#mute) return;
      const fields = { watch: describeScope(scope), ...(error === undefined ? {} : { error }) };
      options.logger.warn(`${why}, going on with a watch for each`, fields);
      this.#mute = true;
      this.#tellAll();
    };
    const hangs = (error?: string): void => giveUp('a watch of Services says nothing', error);
    // A server out of reach is no reason for a watch of each: those would have the same trouble.
    const onTrouble = (trouble: DiscoveryError): void => {
      this.#patience.cancel();
      if (trouble.code === 'FORBIDDEN') giveUp('the API server refuses to list Services', trouble.message);
      else if (isSilence(trouble)) hangs(trouble.message);
    };
    this.#patience = options.clock.setTimeout(() => hangs(), SILENCE_MS);
    this.#patience.unref();
    this.#reflector = options.createReflector({
      client: options.client,
      ref: SERVICES,
      request: scope.kind === 'namespace' ? { namespace: scope.namespace } : {},
      handler: {
        replace: (items) => this.#replace(items),
        upsert: (item) => this.#set(idOf(item), viewOf(item)),
        remove: (item) => this.#set(idOf(item), undefined),
        onState: (trouble) => trouble !== null && onTrouble(trouble),
      },
      clock: options.clock,
      random: options.random,
      logger: options.logger,
      keepProcessAlive: false,
    });
    this.#reflector.start();
  }

  /** The account lacks the right to so much, or no answer comes. It is asked for again, as a reflector does. */
  get mute(): boolean {
    return this.#mute && !this.#synced;
  }

  /** Undefined until all Services were told. */
  view(id: string): ServiceView | undefined {
    return this.#synced ? (this.#views.get(id) ?? MISSING) : undefined;
  }

  follow(id: string, follower: () => void): () => void {
    const followers = this.#followers.get(id) ?? new Set();
    this.#followers.set(id, followers.add(follower));
    return () => {
      if (!followers.delete(follower) || followers.size > 0) return;
      this.#followers.delete(id);
      if (this.#followers.size > 0) return;
      this.#patience.cancel();
      this.#reflector.close();
      this.#onUnused();
    };
  }

  #replace(items: readonly KubeObject[]): void {
    const first = !this.#synced;
    this.#synced = true;
    this.#patience.cancel();
    const present = new Map(items.map((item) => [idOf(item), viewOf(item)]));
    for (const id of [...this.#views.keys()]) if (!present.has(id)) this.#set(id, undefined);
    for (const [id, view] of present) this.#set(id, view);
    // Everybody has waited for this, also those whose Service does not exist.
    if (first) this.#tellAll();
  }

  #set(id: string, view: ServiceView | undefined): void {
    if (same(this.#views.get(id), view)) return;
    if (view === undefined) this.#views.delete(id);
    else this.#views.set(id, view);
    for (const follower of [...(this.#followers.get(id) ?? [])]) follower();
  }

  #tellAll(): void {
    for (const followers of [...this.#followers.values()]) for (const follower of [...followers]) follower();
  }
}

/**
 * One Service object, read from a watch as wide as its slices' watch. A watch of its own stands in while the wider one
 * cannot tell anything: it needs no right to list.
 */
export class ServiceObject {
  readonly #options: ServiceObjectOptions;
  readonly #id: string;
  readonly #narrow: () => ServiceWatch;
  readonly #join: (scope: WideScope) => WideServiceWatch;
  #own: ServiceWatch | undefined;
  #wide: { readonly name: string; readonly watch: WideServiceWatch; readonly leave: () => void } | undefined;
  #view: ServiceView = PENDING;

  constructor(
    options: ServiceObjectOptions,
    narrow: (onChange: () => void) => ServiceWatch,
    join: (scope: WideScope) => WideServiceWatch,
  ) {
    this.#options = options;
    this.#id = `${options.namespace}/${options.name}`;
    this.#narrow = () => narrow(() => this.#look());
    this.#join = join;
  }

  /** What was last known. */
  get view(): ServiceView {
    return this.#view;
  }

  /** Reads from a watch of that scope from now on. */
  follow(scope: Scope): void {
    const name = describeScope(scope);
    if (scope.kind === 'service') {
      this.#leave();
      this.#own ??= this.#narrow();
    } else if (this.#wide?.name !== name) {
      const watch = this.#join(scope);
      const leave = watch.follow(this.#id, () => this.#look());
      this.#leave();
      this.#wide = { name, watch, leave };
    }
    this.#look();
  }

  /** Idempotent. */
  close(): void {
    this.#leave();
    this.#own?.close();
    this.#own = undefined;
  }

  #leave(): void {
    this.#wide?.leave();
    this.#wide = undefined;
  }

  #look(): void {
    const wide = this.#wide?.watch.view(this.#id);
    if (wide !== undefined) {
      this.#own?.close();
      this.#own = undefined;
    } else if (this.#wide?.watch.mute) this.#own ??= this.#narrow();
    const view = wide ?? this.#own?.view ?? PENDING;
    // What is known holds until another watch knows more.
    const known = this.#view.kind !== 'pending' && this.#view.kind !== 'unreadable';
    if (view.kind === 'pending' || (known && view.kind === 'unreadable') || same(view, this.#view)) return;
    this.#view = view;
    this.#options.onChange();
  }
}

/** The Service objects that targets of one source need: by a watch each, or by one for a namespace or the cluster. */
export class ServiceObjects {
  readonly #options: ServiceObjectsOptions;
  readonly #wide = new Map<string, WideServiceWatch>();

  constructor(options: ServiceObjectsOptions) {
    this.#options = options;
  }

  /** Nothing is read before `follow()`. */
  open(options: ServiceObjectOptions): ServiceObject {
    const { client, clock, random } = this.#options;
    const { namespace, name } = options;
    return new ServiceObject(
      options,
      (onChange) => watchService({ client, namespace, name, clock, random, onChange }),
      (scope) => this.#join(scope),
    );
  }

  #join(scope: WideScope): WideServiceWatch {
    const name = describeScope(scope);
    let watch = this.#wide.get(name);
    if (watch === undefined) {
      watch = new WideServiceWatch(scope, this.#options, () => this.#wide.delete(name));
      this.#wide.set(name, watch);
    }
    return watch;
  }
}
