/** So many questions wait for their turn; further ones are refused. */
const MOST_WAITING = 1_000;

/** Lets so many questions be asked at the same time, and the rest in turn: a crowd of clients must not become one of requests. */
export class Turns {
  readonly #most: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Rejects when too many wait already, or as the question does. */
  async take<T>(ask: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#most) {
      if (this.#waiting.length >= MOST_WAITING) throw new Error('too many questions wait for the API server');
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#running += 1;
    try {
      return await ask();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}
