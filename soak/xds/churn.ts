import { monotonicMs } from '#commands/wait.js';
import { Told } from './told.js';
import { type Watcher, type WatcherOptions, watchDelta, watchSotw } from './watcher.js';

const EVERY_MS = 500;
/** A client that asks a control plane that has read the cluster is answered at once, or it hangs (ms). */
const ANSWER_MS = 30_000;
const LOOK_MS = 50;

export interface ChurnOptions extends Pick<WatcherOptions, 'port' | 'name'> {
  onEmpty(): void;
  onObjection(text: string): void;
}

/** Clients that come, ask for everything, and leave as soon as they have it: one after the other, by both protocols. */
export class Churn {
  readonly #options: ChurnOptions;
  readonly #timer: NodeJS.Timeout;
  #current: { readonly watcher: Watcher; readonly sinceMs: number } | null = null;
  #looks: NodeJS.Timeout | null = null;
  /** How many have come. */
  count = 0;

  constructor(options: ChurnOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#come(), EVERY_MS);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#leave();
  }

  #come(): void {
    if (this.#current !== null) return;
    const { port, name, onEmpty, onObjection } = this.#options;
    const id = `guest-${++this.count}`;
    const told = new Told({
      onEndpoints: (keys) => keys.length === 0 && onEmpty(),
      onObjection: (text) => onObjection(`${id} ${text}`),
    });
    const watch = this.count % 2 === 0 ? watchSotw : watchDelta;
    this.#current = { watcher: watch({ port, name, id, told }), sinceMs: monotonicMs() };
    this.#looks = setInterval(() => this.#look(id), LOOK_MS);
  }

  #look(id: string): void {
    if (this.#current === null) return;
    const { watcher, sinceMs } = this.#current;
    const late = monotonicMs() - sinceMs > ANSWER_MS;
    if (!watcher.complete && !late) return;
    if (late) this.#options.onObjection(`${id} was not answered within ${ANSWER_MS / 1000} s`);
    this.#leave();
  }

  #leave(): void {
    if (this.#looks !== null) clearInterval(this.#looks);
    this.#current?.watcher.close();
    this.#current = null;
  }
}
