/** Who reads the slices: Fairlead, or as little code as reads them at all. */
export type ReaderName = 'fairlead' | 'floor';

/** What a reader is asked: its figures. */
export interface Ask {
  readonly id: number;
  /**
   * Collect garbage first, and count anew from here: what it costs, or how long it stalls. The meter of stalls costs
   * something itself.
   */
  readonly begin?: 'costs' | 'stalls';
  /** Tell what is ready, too: a long answer. */
  readonly ready?: boolean;
}

/** What a reader has done since the last `begin`. */
export interface Figures {
  readonly id: number;
  readonly cpuMs: number;
  /** The event loop's longest piece of work (ms), without the one that opens the watch. */
  readonly stallMs: number;
  /** The longest until the watch was opened: credentials are read, code is compiled (ms). */
  readonly openingStallMs: number;
  /** In `JSON.parse` alone; only the floor knows (ms). */
  readonly parseMs: number;
  readonly bytes: number;
  /** Sets that were published, or events that were read. */
  readonly changes: number;
  readonly heapBytes: number;
  readonly rssBytes: number;
  /** Addresses that are ready, sorted. */
  readonly ready: readonly string[];
}
