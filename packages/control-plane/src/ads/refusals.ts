import type { ResourceType } from '../resource-type.js';
import type { Accepted, Nack } from './session.js';

/** One resource that a client refuses, and goes on with an older version of. */
export interface Refusal {
  readonly type: ResourceType;
  /** Empty when the client did not say which of them it is. */
  readonly name: string;
  /** The client's own words, the last ones. */
  readonly text: string;
  /** Epoch ms. */
  readonly sinceMs: number;
  /** A client repeats it with every response of the type. */
  readonly count: number;
}

/** So many are kept of one client; each holds a text. */
const MOST_KEPT = 100;

/** What one client refuses, by resource, until it accepts that resource. */
export class Refusals {
  /** Made with the first of them: most clients refuse nothing, ever. */
  #kept: Map<string, Refusal> | undefined;

  refused({ type, names, text }: Nack, nowMs: number): void {
    this.#kept ??= new Map();
    for (const name of names.length > 0 ? names : ['']) {
      const key = `${type} ${name}`;
      const known = this.#kept.get(key);
      if (known === undefined && this.#kept.size >= MOST_KEPT) return;
      const { sinceMs = nowMs, count = 0 } = known ?? {};
      this.#kept.set(key, { type, name, text, sinceMs, count: count + 1 });
    }
  }

  accepted({ type, names }: Accepted): void {
    if (this.#kept === undefined) return;
    for (const name of [...names, '']) this.#kept.delete(`${type} ${name}`);
    if (this.#kept.size === 0) this.#kept = undefined;
  }

  list(): readonly Refusal[] {
    return [...(this.#kept?.values() ?? [])];
  }
}
