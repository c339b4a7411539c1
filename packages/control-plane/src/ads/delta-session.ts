import { isFullState, type ResourceType } from '../resource-type.js';
import type { Resource } from '../snapshot/resource.js';
import { StreamEncoder } from './encode.js';
import {
  type Held,
  heldOf,
  nackOf,
  type Outcome,
  type Response,
  refusalOf,
  type Session,
  type SessionOptions,
} from './session.js';
import { Subscription, WILDCARD } from './subscription.js';

/** A `DeltaDiscoveryRequest`, as far as it decides anything. */
export interface DeltaRequest {
  readonly type: ResourceType;
  readonly subscribe: readonly string[];
  readonly unsubscribe: readonly string[];
  /** Versions that the client has from an earlier stream; only in the first request of a type. */
  readonly initialVersions: ReadonlyMap<string, string>;
  readonly nonce: string;
  readonly error?: string | undefined;
}

interface TypeState {
  readonly subscription: Subscription;
  /** Names of the responses that are not answered yet, by nonce. */
  readonly unanswered: Map<string, readonly string[]>;
}

/** Of so many unanswered responses the names are kept, for refusals. */
const MOST_UNANSWERED = 16;

/**
 * Incremental: requests and responses hold what changed. A response is not tied to the request before it, so none is
 * ignored for its nonce. Nothing is ever said to be removed: a name that does not exist is answered when it does.
 */
export class DeltaSession implements Session<DeltaRequest> {
  readonly #options: SessionOptions;
  readonly #types: { [Type in ResourceType]?: TypeState } = {};
  readonly #encoder = new StreamEncoder('delta');
  #refusing = false;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  request(request: DeltaRequest): Outcome {
    const { type, nonce, error } = request;
    const known = this.#types[type];
    const state = known ?? this.#open(type);
    const refused = this.#refusalOf(request, state.subscription);
    if (refused !== undefined) return { refused };
    if (known === undefined) this.#begin(state.subscription, request);
    else this.#change(state.subscription, request);
    if (known === undefined || nonce === '') return {};
    const names = state.unanswered.get(nonce) ?? [];
    state.unanswered.delete(nonce);
    return error === undefined ? { accepted: { type, names } } : { nack: nackOf(type, names, error) };
  }

  changed(type: ResourceType, names: Iterable<string>): void {
    this.#types[type]?.subscription.mark(names);
  }

  isDirty(type: ResourceType): boolean {
    return this.#types[type]?.subscription.isDirty === true;
  }

  next(type: ResourceType): Response | undefined {
    const state = this.#types[type];
    if (state === undefined) return undefined;
    const { subscription } = state;
    const every = subscription.wildcardNames();
    if (every !== undefined && subscription.isTouched(WILDCARD))
      for (const name of every) subscription.touch(name);
    const resources = subscription.takeNews();
    // The names of the wildcard are not known yet: it stays unanswered, and what is named explicitly is not held up.
    if (every === undefined) subscription.touch(WILDCARD);
    if (resources.length === 0) return undefined;
    const replaced = subscription.note(resources);
    // As in state of the world; here Envoy does not even ask again.
    if (type === 'cluster') this.#renewEndpoints(replaced);
    return this.#respond(state, resources);
  }

  held(): readonly Held[] {
    return Object.values(this.#types).map(({ subscription, unanswered }) =>
      heldOf(subscription, unanswered.size === 0),
    );
  }

  useRefusing(): void {
    this.#refusing = true;
    for (const { subscription } of Object.values(this.#types)) subscription.useRefusing();
  }

  close(): void {
    for (const { subscription } of Object.values(this.#types)) subscription.close();
  }

  #respond(state: TypeState, resources: readonly Resource[]): Response {
    const { type } = state.subscription;
    const { nonce, names, frame } = this.#encoder.encode(type, resources);
    state.unanswered.set(nonce, names);
    if (state.unanswered.size > MOST_UNANSWERED) {
      for (const oldest of [...state.unanswered.keys()].slice(0, 1)) state.unanswered.delete(oldest);
    }
    return { type, nonce, names, frame };
  }

  #open(type: ResourceType): TypeState {
    const state = {
      subscription: new Subscription(type, this.#options, this.#refusing),
      unanswered: new Map<string, readonly string[]>(),
    };
    this.#types[type] = state;
    return state;
  }

  #refusalOf(
    { type, subscribe, initialVersions }: DeltaRequest,
    subscription: Subscription,
  ): string | undefined {
    const { maxNames } = this.#options;
    const more = new Set(subscribe.filter((name) => !subscription.asksFor(name)));
    const count = Math.max(subscription.nameCount + more.size, initialVersions.size);
    return refusalOf(type, [...more, ...initialVersions.keys()], { count, maxNames });
  }

  /** The first request of a type: no names mean all, and what the client has already is not sent again. */
  #begin(subscription: Subscription, request: DeltaRequest): void {
    const { type, subscribe, initialVersions } = request;
    for (const [name, version] of initialVersions) subscription.claim(name, version);
    for (const name of subscribe) if (name !== WILDCARD) subscription.add(name);
    if ((subscribe.length === 0 && isFullState(type)) || subscribe.includes(WILDCARD)) {
      subscription.wildcard = true;
      subscription.touch(WILDCARD);
    }
  }

  /** "If a client subscribes to a resource it is already subscribed to, the server must respond." */
  #change(subscription: Subscription, { subscribe, unsubscribe }: DeltaRequest): void {
    for (const name of unsubscribe) {
      if (name === WILDCARD) subscription.wildcard = false;
      else subscription.remove(name);
    }
    for (const name of subscribe) {
      if (name === WILDCARD) {
        subscription.wildcard = true;
        subscription.touch(WILDCARD);
      } else if (!subscription.add(name)) subscription.renew([name]);
    }
  }

  #renewEndpoints(clusters: readonly string[]): void {
    const subscription = this.#types.endpoints?.subscription;
    subscription?.renew(clusters.filter((name) => subscription.asksFor(name)));
  }
}
