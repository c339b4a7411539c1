import { monotonicMs } from '#commands/wait.js';
import type { ClientProcess } from '../client/client-process.js';
import type { SeenEndpoint } from '../client/messages.js';
import type { Sample } from '../oracle/growth.js';
import type { History } from '../oracle/history.js';

/** How closely the API is followed: the oracle takes it for certain only when it did not change for longer. */
const API_EVERY_MS = 200;
const HEAP_EVERY_MS = 2_500;

export interface WatchmanOptions {
  readonly history: History;
  readonly client: ClientProcess;
  endpoints(): Promise<readonly SeenEndpoint[]>;
}

/** Looks at the API and at the client's heap at a steady pace. */
export class Watchman {
  readonly heap: Sample[] = [];
  readonly rss: Sample[] = [];
  readonly #options: WatchmanOptions;
  readonly #timers: readonly NodeJS.Timeout[];
  readonly #busy = new Set<string>();

  constructor(options: WatchmanOptions) {
    this.#options = options;
    this.#timers = [
      setInterval(() => this.#once('api', () => this.#lookAtApi()), API_EVERY_MS),
      setInterval(() => this.#once('heap', () => this.#weigh()), HEAP_EVERY_MS),
    ];
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  /** One at a time; while the API is away nothing is learnt of it, and the end of the client is told elsewhere. */
  #once(what: string, look: () => Promise<void>): void {
    if (this.#busy.has(what)) return;
    this.#busy.add(what);
    void look()
      .catch(() => {})
      .finally(() => this.#busy.delete(what));
  }

  async #lookAtApi(): Promise<void> {
    const atMs = monotonicMs();
    this.#options.history.api(atMs, await this.#options.endpoints());
  }

  async #weigh(): Promise<void> {
    const { heapBytes, rssBytes } = await this.#options.client.hold();
    const atMs = monotonicMs();
    this.heap.push({ atMs, value: heapBytes });
    this.rss.push({ atMs, value: rssBytes });
  }
}
