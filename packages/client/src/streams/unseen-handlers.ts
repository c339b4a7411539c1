import type { HandlerMark, ImbalanceHandler } from './stream-call.js';

/** Whether an interceptor saw a mark; it outlives the mark. */
interface Sight {
  seen: boolean;
}

class WatchedMark implements HandlerMark {
  readonly handler: ImbalanceHandler;
  private readonly sight: Sight;

  constructor(handler: ImbalanceHandler, sight: Sight) {
    this.handler = handler;
    this.sight = sight;
  }

  get seen(): boolean {
    return this.sight.seen;
  }

  set seen(seen: boolean) {
    this.sight.seen = seen;
  }
}

/**
 * Finds handlers that no interceptor ever saw: call options may wait for their call for any time, but when they are
 * collected, none will come.
 */
export class UnseenHandlers {
  private readonly registry: FinalizationRegistry<Sight>;

  /** `found` is called for each, some time after its options were dropped. */
  constructor(found: () => void) {
    this.registry = new FinalizationRegistry(({ seen }) => {
      if (!seen) found();
    });
  }

  /** The mark of a handler that is looked after from now on. */
  mark(handler: ImbalanceHandler): HandlerMark {
    const sight: Sight = { seen: false };
    const mark = new WatchedMark(handler, sight);
    this.registry.register(mark, sight);
    return mark;
  }
}
