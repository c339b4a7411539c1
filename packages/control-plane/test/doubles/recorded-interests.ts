import type { Interests } from '../../src/ads/session.js';

/** Counts who asks for what. */
export class RecordedInterests implements Interests {
  readonly #counts = new Map<string, number>();

  add(type: string, name: string): void {
    this.#move(`${type} ${name}`, 1);
  }

  remove(type: string, name: string): void {
    this.#move(`${type} ${name}`, -1);
  }

  /** What is asked for now: `type name`, sorted. */
  get open(): string[] {
    return [...this.#counts.keys()].sort();
  }

  #move(key: string, by: number): void {
    const count = (this.#counts.get(key) ?? 0) + by;
    if (count < 0) throw new Error(`${key} was given up more often than it was asked for`);
    if (count === 0) this.#counts.delete(key);
    else this.#counts.set(key, count);
  }
}
