import type { ResourceType } from '../resource-type.js';
import type { Interests } from './session.js';
import { WILDCARD } from './subscription.js';

const NOBODY: ReadonlySet<never> = new Set<never>();

/** Who asks for which names: a change concerns those, however many others there are. */
export class Audience<Listener> {
  readonly #listeners = new Map<string, Set<Listener>>();

  /** Interests that also note who has them. The wildcard is nobody's interest but ours. */
  note(interests: Interests, listener: Listener): Interests {
    return {
      add: (type, name) => {
        this.#add(`${type} ${name}`, listener);
        if (name !== WILDCARD) interests.add(type, name);
      },
      remove: (type, name) => {
        this.#remove(`${type} ${name}`, listener);
        if (name !== WILDCARD) interests.remove(type, name);
      },
    };
  }

  /** Those who ask for a name, or, with `WILDCARD`, for all of its type. */
  of(type: ResourceType, name: string): ReadonlySet<Listener> {
    return this.#listeners.get(`${type} ${name}`) ?? NOBODY;
  }

  #add(key: string, listener: Listener): void {
    const listeners = this.#listeners.get(key);
    if (listeners === undefined) this.#listeners.set(key, new Set([listener]));
    else listeners.add(listener);
  }

  #remove(key: string, listener: Listener): void {
    const listeners = this.#listeners.get(key);
    if (listeners?.delete(listener) && listeners.size === 0) this.#listeners.delete(key);
  }
}
