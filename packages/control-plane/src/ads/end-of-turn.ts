/** Runs work at the end of this turn of the event loop, before anything else that is due. */
export type EndOfTurn = (work: () => void) => void;

/** So many streams speak before others get their turn: some milliseconds. */
const SLICE = 200;

/**
 * One microtask for the work of all streams: a change that concerns a thousand of them would otherwise need a thousand, and
 * each costs as much as half of what a stream has to do. What is more than a slice goes on in further turns, so that
 * probes, answers and new clients do not wait until thousands were told.
 */
export function createEndOfTurn(): EndOfTurn {
  let queue: (() => void)[] = [];
  let next = 0;
  let running = false;
  const flush = (): void => {
    const end = next + SLICE;
    for (; next < end && next < queue.length; next++) queue[next]?.();
    running = next < queue.length;
    if (running) {
      setImmediate(flush);
      return;
    }
    queue = [];
    next = 0;
  };
  return (work) => {
    queue.push(work);
    if (running) return;
    running = true;
    queueMicrotask(flush);
  };
}
