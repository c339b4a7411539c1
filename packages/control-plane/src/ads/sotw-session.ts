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

/** A `DiscoveryRequest`, as far as it decides anything. Its version says nothing that the nonce does not. */
export interface SotwRequest {
  readonly type: ResourceType;
  readonly names: readonly string[];
  /** Of the response that it answers; empty in the first one. */
  readonly nonce: string;
  /** What the client refused of that response; undefined: nothing. */
  readonly error?: string | undefined;
}

interface TypeState {
  readonly subscription: Subscription;
  /** It named something once: from then on no names mean none, not all. */
  named: boolean;
  /** The names of the last request, as they were written; undefined before it. */
  asked?: readonly string[];
  /** Of the last response. */
  nonce?: string;
  /** What the last response held. */
  names: readonly string[];
  /** The client accepted the last response. */
  accepted: boolean;
  /** What refers to these resources was sent since the client last asked for them again. */
  mayRepeat: boolean;
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, index) => name === b[index]);
}

/**
 * State of the world: a request holds all names of its type, a response of listeners or clusters all resources. A request
 * that answers a response which another one overtook accepts and refuses nothing, but it says which names are wanted
 * now: a client that gave a name up and took it back meanwhile would wait for it for ever.
 */
export class SotwSession implements Session<SotwRequest> {
  readonly #options: SessionOptions;
  readonly #types: { [Type in ResourceType]?: TypeState } = {};
  readonly #encoder = new StreamEncoder('sotw');
  #refusing = false;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  request(request: SotwRequest): Outcome {
    const { type, nonce, error } = request;
    const state = this.#stateOf(type);
    // Nearly every request is an answer that leaves the names as they are.
    const changed = state.asked === undefined || !sameList(request.names, state.asked);
    if (changed) {
      const { maxNames } = this.#options;
      const refused = refusalOf(type, request.names, { count: request.names.length, maxNames });
      if (refused !== undefined) return { refused };
      this.#subscribe(state, new Set(request.names));
      state.asked = request.names;
    }
    if (state.nonce === undefined || nonce === '') return {};
    if (nonce !== state.nonce) return error === undefined ? {} : { nack: nackOf(type, [], error) };
    if (error !== undefined) {
      state.accepted = false;
      return { nack: nackOf(type, state.names, error) };
    }
    this.#accept(state, changed);
    return { accepted: { type, names: state.names } };
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
    const resources = isFullState(type) ? this.#whole(state.subscription) : state.subscription.takeNews();
    if (resources === undefined || resources.length === 0) return undefined;
    const replaced = state.subscription.note(resources);
    if (type === 'cluster') this.#renewEndpoints(replaced);
    const { nonce, names, frame } = this.#encoder.encode(type, resources);
    state.nonce = nonce;
    state.names = names;
    state.accepted = false;
    return { type, nonce, names, frame };
  }

  held(): readonly Held[] {
    return Object.values(this.#types).map(({ subscription, accepted }) => heldOf(subscription, accepted));
  }

  useRefusing(): void {
    this.#refusing = true;
    for (const { subscription } of Object.values(this.#types)) subscription.useRefusing();
  }

  close(): void {
    for (const { subscription } of Object.values(this.#types)) subscription.close();
  }

  #stateOf(type: ResourceType): TypeState {
    const known = this.#types[type];
    if (known !== undefined) return known;
    const subscription = new Subscription(type, this.#options, this.#refusing);
    const state: TypeState = {
      subscription,
      named: false,
      names: [],
      accepted: false,
      mayRepeat: false,
    };
    this.#types[type] = state;
    return state;
  }

  #subscribe(state: TypeState, names: ReadonlySet<string>): void {
    const { subscription } = state;
    if (names.size > 0) state.named = true;
    const wasWildcard = subscription.wildcard;
    const isLegacy = names.size === 0 && !state.named && isFullState(subscription.type);
    subscription.wildcard = isLegacy || names.has(WILDCARD);
    if (subscription.wildcard && !wasWildcard) subscription.touch(WILDCARD);
    for (const name of [...subscription.names]) {
      if (!names.has(name)) subscription.remove(name);
    }
    for (const name of names) if (name !== WILDCARD) subscription.add(name);
  }

  /**
   * A second answer to a response that was accepted, with the same names, asks for them again: Envoy does that for the
   * endpoints of a cluster that changed. Only then: a client that answers twice would never come to rest.
   */
  #accept(state: TypeState, changed: boolean): void {
    const { subscription } = state;
    if (state.accepted && !changed && state.mayRepeat) {
      state.mayRepeat = false;
      subscription.renew([...subscription.names, ...(subscription.wildcardNames() ?? [])]);
    }
    state.accepted = true;
  }

  /**
   * All resources that the client wants, if one of them is news. Nothing, and later again, while it is not known of every
   * name whether it exists: what is missing counts as deleted, which after a restart would be an outage.
   */
  #whole(subscription: Subscription): Resource[] | undefined {
    const { type } = subscription;
    const every = subscription.wildcardNames();
    if (every === undefined) return undefined;
    const names = new Set([...subscription.names, ...every]);
    for (const name of names) if (!this.#options.snapshot.isSettled(type, name)) return undefined;
    subscription.settle();
    const resources = subscription.resources(names);
    return resources.some((each) => subscription.isNews(each)) ? resources : undefined;
  }

  /** Envoy waits for the endpoints of a cluster that changed, even if it has them. */
  #renewEndpoints(clusters: readonly string[]): void {
    const state = this.#types.endpoints;
    if (state === undefined) return;
    state.mayRepeat = true;
    state.subscription.renew(clusters.filter((name) => state.subscription.asksFor(name)));
  }
}
