import { monotonicMs } from '#commands/wait.js';
import type { Holdings, SeenEndpoint } from '../client/messages.js';
import type { Sample } from '../oracle/growth.js';
import type { ClusterHistory } from '../oracle/history.js';

/** How closely the API is followed: the oracle takes it for certain only when it did not change for longer. */
const API_EVERY_MS = 200;
const HEAP_EVERY_MS = 2_500;

/** A process whose heap is looked at. */
interface Weighed {
  hold(): Promise<Holdings>;
}

export interface WatchmanOptions {
  readonly history: ClusterHistory;
  readonly client: Weighed;
  readonly controlPlane: Weighed;
  endpoints(): Promise<readonly SeenEndpoint[]>;
}

/** Looks at the API and at the heaps of the client and of a control plane at a steady pace. */
export class Watchman {
  readonly heap: Sample[] = [];
  readonly controlPlaneHeap: Sample[] = [];
  readonly #options: WatchmanOptions;
  readonly #timers: readonly NodeJS.Timeout[];
  readonly #busy = new Set<string>();

  constructor(options: WatchmanOptions) {
    this.#options = options;
    const { client, controlPlane } = options;
    const looks: readonly [string, number, () => Promise<void>][] = [
      ['api', API_EVERY_MS, () => this.#lookAtApi()],
      ['client', HEAP_EVERY_MS, () => weigh(client, this.heap)],
      ['control plane', HEAP_EVERY_MS, () => weigh(controlPlane, this.controlPlaneHeap)],
    ];
    this.#timers = looks.map(([what, ms, look]) => setInterval(() => this.#once(what, look), ms));
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  /** One at a time; while the API is away nothing is learnt of it, and the end of a process is told elsewhere. */
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
}

async function weigh(weighed: Weighed, samples: Sample[]): Promise<void> {
  const { heapBytes } = await weighed.hold();
  samples.push({ atMs: monotonicMs(), value: heapBytes });
}
