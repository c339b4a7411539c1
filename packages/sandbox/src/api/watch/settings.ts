/** How watches behave. */
export interface WatchSettings {
  /** Time between bookmarks (ms). */
  readonly bookmarkMs: number;
  /** Life of a watch that asks for none (ms): at least this, at most twice as long. */
  readonly minLifeMs: number;
  /** A watcher that leaves more than this unread is ended (bytes of live events). */
  readonly bufferBytes: number;
  /** In [0, 1): spreads the ends of watches. */
  readonly random: () => number;
}

/** Upstream's values: a bookmark a minute, `--min-request-timeout` of 30 minutes. */
export const DEFAULT_WATCH_SETTINGS: WatchSettings = {
  bookmarkMs: 60_000,
  minLifeMs: 1_800_000,
  bufferBytes: 16 * 1024 * 1024,
  random: Math.random,
};
