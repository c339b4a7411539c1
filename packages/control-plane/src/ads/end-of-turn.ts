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
  let running = false;
  const flush = (): void => {
    let done = 0;
    for (; done < SLICE && done < queue.length; done++) queue[done]?.();
    // In each turn: under a load that does not pause the queue is never empty.
    queue = queue.slice(done);
    running = queue.length > 0;
    if (running) setImmediate(flush);
  };
  return (work) => {
    queue.push(work);
    if (running) return;
    running = true;
    queueMicrotask(flush);
  };
}
