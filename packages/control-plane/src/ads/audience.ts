import type { ResourceType } from '../resource-type.js';

const NOBODY: ReadonlySet<never> = new Set<never>();

/** Who asks for which names: a change concerns those, however many others there are. */
export class Audience<Listener> {
  readonly #listeners = new Map<string, Set<Listener>>();

  /** Those who ask for a name, or, with `WILDCARD`, for all of its type. */
  of(type: ResourceType, name: string): ReadonlySet<Listener> {
    return this.#listeners.get(`${type} ${name}`) ?? NOBODY;
  }

  add(type: ResourceType, name: string, listener: Listener): void {
    const key = `${type} ${name}`;
    const listeners = this.#listeners.get(key);
    if (listeners === undefined) this.#listeners.set(key, new Set([listener]));
    else listeners.add(listener);
  }

  remove(type: ResourceType, name: string, listener: Listener): void {
    const key = `${type} ${name}`;
    const listeners = this.#listeners.get(key);
    if (listeners?.delete(listener) && listeners.size === 0) this.#listeners.delete(key);
  }
}
