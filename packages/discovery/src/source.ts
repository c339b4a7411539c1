import type { EndpointDiff, EndpointSet, EndpointSetState } from './endpoint-set.js';
import type { Target } from './target.js';

/** What a sink of endpoint sets implements. Calls are never made inside `watch()` itself. */
export interface EndpointObserver {
  /** The set as it is now. `diff` is against the set that this observer got before (all added at first). */
  onSet(set: EndpointSet, diff: EndpointDiff): void;
  /**
   * The truth of the set changed, or the cause of its trouble. Called before `onSet` when both change, with `unknown`
   * before the first set, and not for a first set that is live.
   */
  onState?: ((state: EndpointSetState) => void) | undefined;
}

/** A running watch. */
export interface Watch {
  /**
   * A connection to one of the endpoints broke: look sooner than planned, if the source has to look at all. Cheap;
   * called as often as it happens.
   */
  refresh?(): void;
  /** Idempotent; no observer call is made after it returns. */
  close(): void;
}

/**
 * Anything that yields endpoint sets: Kubernetes, DNS, static lists, files. Level-triggered: an observer is told what
 * is, never what happened, so a missed call does no lasting harm. `T` is what a target is parsed to.
 */
export interface EndpointSource<T = Target> {
  /**
   * Starts (or joins) the watch of one target. A later observer of a target that is known gets its set in the next
   * macrotask. With `ref: false` neither sockets nor timers keep the process alive.
   */
  watch(target: T, observer: EndpointObserver, options?: { readonly ref?: boolean }): Watch;
  /** Ends every watch; idempotent. */
  close(): void;
}
