import type { Endpoint } from '../../endpoint.js';
import { SliceMerge, type SlicePortView } from './slice-merge.js';

/** In a process that has just begun these take 3 ms or so. A Service with fewer is merged and told at once. */
const ENDPOINTS_PER_TURN = 1_000;

export interface GradualMergeOptions {
  /** The slice as it is now, seen through the chosen port; undefined when it is gone. */
  readonly view: (id: string) => SlicePortView | undefined;
  /** How many endpoints are merged in one turn of the event loop before the rest waits for the next (default 1000). */
  readonly endpointsPerTurn?: number | undefined;
  /** Nothing is due any more: `endpoints` is what all slices say. */
  readonly onMerged: () => void;
}

/**
 * Merges the slices of one Service as they become due, not more in one turn of the event loop than others can wait
 * for. While it is `busy`, `endpoints` is neither what the slices said before nor what they say now.
 */
export class GradualMerge {
  readonly #options: GradualMergeOptions;
  readonly #merge = new SliceMerge();
  readonly #due = new Set<string>();
  #changed = new Set<string>();
  #turn: NodeJS.Immediate | undefined;

  constructor(options: GradualMergeOptions) {
    this.#options = options;
  }

  /** By key. */
  get endpoints(): ReadonlyMap<string, Endpoint> {
    return this.#merge.endpoints;
  }

  get busy(): boolean {
    return this.#turn !== undefined;
  }

  /** Ids of slices that were merged and are not gone. */
  sliceIds(): Iterable<string> {
    return this.#merge.sliceIds();
  }

  /** These slices are new, changed or gone. Calls `onMerged` before it returns when that is little. */
  update(ids: Iterable<string>): void {
    for (const id of ids) this.#due.add(id);
    if (this.#turn === undefined) this.#run();
  }

  /** The keys whose endpoint is new, gone or another object since the last call. */
  takeChanged(): ReadonlySet<string> {
    const changed = this.#changed;
    this.#changed = new Set();
    return changed;
  }

  /** Idempotent; `onMerged` is not called after it returns. */
  close(): void {
    clearImmediate(this.#turn);
    this.#due.clear();
  }

  #run(): void {
    this.#turn = undefined;
    const { endpointsPerTurn = ENDPOINTS_PER_TURN } = this.#options;
    let merged = 0;
    for (const id of this.#due) {
      if (merged >= endpointsPerTurn) break;
      this.#due.delete(id);
      merged += this.#mergeOne(id);
    }
    for (const key of this.#merge.settle()) this.#changed.add(key);
    // What comes after the last of many is work for another turn, too.
    if (merged >= endpointsPerTurn) this.#turn = setImmediate(() => this.#run());
    else this.#options.onMerged();
  }

  /** Returns how many endpoints that were at most. */
  #mergeOne(id: string): number {
    const view = this.#options.view(id);
    if (view === undefined) this.#merge.remove(id);
    else this.#merge.update(view);
    return view?.endpoints.length ?? 0;
  }
}
