import { diffSets, type EndpointDiff, type EndpointSet, type EndpointSetState } from './endpoint-set.js';
import type { Logger } from './logger.js';
import type { EndpointObserver } from './source.js';

/** What there is to tell now. */
export interface News {
  /** Null until there is one. */
  readonly set: EndpointSet | null;
  /** Undefined until something was heard. */
  readonly state: EndpointSetState | undefined;
  /** What led to `set`, and the endpoints before it: most observers were told those. */
  readonly step?: { readonly before: EndpointSet['endpoints'] | undefined; readonly diff: EndpointDiff };
}

/** One observer and what it was told. */
interface Seat {
  readonly observer: EndpointObserver;
  /** False until the macrotask after `watch()`: before that it is told nothing. */
  open: boolean;
  set: EndpointSet | null;
  state: EndpointSetState | undefined;
}

/** True for two states that say the same. */
export function sameState(a: EndpointSetState | undefined, b: EndpointSetState | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined || a.kind === 'live' || b.kind === 'live')
    return a?.kind === b?.kind;
  return a.kind === b.kind && a.sinceMs === b.sinceMs && a.cause.message === b.cause.message;
}

/**
 * The observers of one target. Each is told what is new since it was told last; one that throws harms nobody else,
 * and one that closes another in its call is minded.
 */
export class Audience {
  readonly #target: string;
  readonly #logger: Logger;
  readonly #news: () => News;
  readonly #seats = new Set<Seat>();

  /** `news` is asked whenever an observer is brought up to date. */
  constructor(target: string, logger: Logger, news: () => News) {
    this.#target = target;
    this.#logger = logger;
    this.#news = news;
  }

  get empty(): boolean {
    return this.#seats.size === 0;
  }

  /** Adds an observer; it is told what is in the next macrotask. Returns the function that removes it. */
  join(observer: EndpointObserver): () => void {
    const seat: Seat = { observer, open: false, set: null, state: undefined };
    this.#seats.add(seat);
    const opening = setImmediate(() => {
      seat.open = true;
      this.#tell(seat);
    });
    return () => {
      clearImmediate(opening);
      this.#seats.delete(seat);
    };
  }

  /** Brings everybody up to date. */
  tell(): void {
    for (const seat of [...this.#seats]) if (seat.open) this.#tell(seat);
  }

  clear(): void {
    this.#seats.clear();
  }

  #tell(seat: Seat): void {
    // An observer that was told before may have closed this one.
    if (!this.#seats.has(seat)) return;
    const { set, state, step } = this.#news();
    if (!sameState(seat.state, state)) {
      // A first set that is live says so itself.
      const news = state !== undefined && !(seat.state === undefined && state.kind === 'live');
      seat.state = state;
      if (news) this.#call(() => seat.observer.onState?.(state));
    }
    const told = seat.set;
    if (set === null || set === told || !this.#seats.has(seat)) return;
    seat.set = set;
    if (told !== null && told.endpoints === set.endpoints && told.absence?.message === set.absence?.message)
      return;
    const diff = step !== undefined && step.before === told?.endpoints ? step.diff : diffSets(told, set);
    this.#call(() => seat.observer.onSet(set, diff));
  }

  #call(fn: () => void): void {
    try {
      fn();
    } catch (error) {
      this.#logger.error('an observer of endpoints threw', { target: this.#target, error });
    }
  }
}
