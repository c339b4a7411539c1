import type { Endpoint } from '../endpoint.js';

/** An endpoint that comes back within so many answers after it left was not gone. */
const RETURN_WITHIN = 8;
/** One swap may be two pods that failed a probe in turn; two are a habit. */
const SWAPS = 2;
/** After so many answers without a swap the server is believed at once again. */
const CALM_AFTER = 24;
/** How many answers in a row must miss an endpoint of a server that rotates: of a quarter, 10 % miss eight. */
const MISSED = 8;
/** What is kept of such a server at most. */
const MAX_KEPT = 1_000;

/**
 * Decides when an endpoint that an answer does not name is gone. At once, normally. But some servers name a part of
 * what they have, another one each time, and two servers behind one address may be of different age: then endpoints
 * leave while others that left come back. Seen twice, an endpoint only goes after eight answers without it, so that
 * connections are not made and dropped with each answer. Pure.
 */
export class Departures {
  /** The answer before this one. */
  #last = new Map<string, Endpoint>();
  /** What left lately, and how many answers ago. */
  readonly #left = new Map<string, number>();
  /** What is used besides the last answer, and how many answers missed it. */
  readonly #kept = new Map<string, { readonly endpoint: Endpoint; readonly missed: number }>();
  #swaps = 0;
  #calm = 0;

  /** True while answers are taken for parts of a whole. */
  get rotating(): boolean {
    return this.#swaps >= SWAPS;
  }

  /** Takes an answer, and returns what is to be used, sorted by key. */
  apply(answer: readonly Endpoint[]): readonly Endpoint[] {
    const now = new Map(answer.map((endpoint) => [endpoint.key, endpoint]));
    const leaving = [...this.#last.values()].filter(({ key }) => !now.has(key));
    this.#judge(leaving, now);
    this.#keep(leaving, now);
    this.#last = now;
    const used = [...answer, ...[...this.#kept.values()].map(({ endpoint }) => endpoint)];
    return used.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** The name is gone as a whole: nothing that is known of it counts any more. */
  forget(): void {
    this.#last = new Map();
    this.#left.clear();
    this.#kept.clear();
    this.#swaps = 0;
  }

  #judge(leaving: readonly Endpoint[], now: ReadonlyMap<string, Endpoint>): void {
    let returned = false;
    for (const [key, ago] of this.#left) {
      if (now.has(key)) returned = true;
      if (now.has(key) || ago >= RETURN_WITHIN) this.#left.delete(key);
      else this.#left.set(key, ago + 1);
    }
    for (const { key } of leaving) this.#left.set(key, 1);
    if (returned && leaving.length > 0) {
      this.#swaps += 1;
      this.#calm = 0;
    } else if (++this.#calm >= CALM_AFTER) {
      this.#swaps = 0;
    }
  }

  #keep(leaving: readonly Endpoint[], now: ReadonlyMap<string, Endpoint>): void {
    if (!this.rotating) {
      this.#kept.clear();
      return;
    }
    for (const [key, { endpoint, missed }] of this.#kept) {
      if (now.has(key) || missed >= MISSED) this.#kept.delete(key);
      else this.#kept.set(key, { endpoint, missed: missed + 1 });
    }
    for (const endpoint of leaving) {
      if (this.#kept.size < MAX_KEPT) this.#kept.set(endpoint.key, { endpoint, missed: 1 });
    }
  }
}
