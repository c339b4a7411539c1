/** Runs work at the end of this turn of the event loop, before anything else that is due. */
export type EndOfTurn = (work: () => void) => void;

/**
 * One microtask for the work of all streams: a change that concerns a thousand of them would otherwise need a thousand, and
 * each costs as much as half of what a stream has to do.
 */
export function createEndOfTurn(): EndOfTurn {
  let queue: (() => void)[] = [];
  const flush = (): void => {
    const works = queue;
    queue = [];
    for (const work of works) work();
  };
  return (work) => {
    if (queue.push(work) === 1) queueMicrotask(flush);
  };
}
