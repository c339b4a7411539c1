import type { Client } from '@grpc/grpc-js';
import { loadClock as clock, type OpenLoop, startOpenLoop } from './open-loop.js';
import { type StreamMethod, streamOnce } from './stream.js';
import type { CallResult, Tally } from './tally.js';
import { callOnce, type UnaryMethod } from './unary.js';

/** A load on one client, counted into a tally. */
export interface LoadOptions {
  readonly client: Client;
  readonly method: UnaryMethod | StreamMethod;
  readonly tally: Tally;
  readonly ratePerSecond: number;
  readonly durationMs: number;
  readonly concurrency: number;
  /** A call that has no answer so long after it was due fails (ms). */
  readonly deadlineMs: number;
}

/** A load that runs. */
export interface Load {
  /** Resolves when the last call ended, or after `abandon()`. */
  readonly finished: Promise<void>;
  /** Starts no further call, waits a moment for those in flight and gives the others up: they do not count. Resolves with their number. */
  abandon(): Promise<number>;
}

const DEADLINE_EXCEEDED = 4;
/** What calls in flight get when the load is given up (ms). */
const GRACE_MS = 200;

/** Starts the load. Calls that waited for their turn until their deadline fail without being sent. */
export function startLoad(options: LoadOptions): Load {
  const { client, method, tally, durationMs, deadlineMs, ...rate } = options;
  const open = new Set<() => void>();
  let over = false;
  const call = (scheduledMs: number, done: () => void): void => {
    const waitedMs = clock.now() - scheduledMs;
    if (waitedMs >= deadlineMs) {
      const details = `waited ${deadlineMs / 1000} s for its turn: the rate is more than can be sent`;
      tally.add({ code: DEADLINE_EXCEEDED, peer: undefined, latencyMs: waitedMs, details });
      done();
      return;
    }
    const about = { client, deadlineMs: Date.now() + deadlineMs - waitedMs, scheduledMs, now: clock.now };
    const ended = (result: CallResult): void => {
      open.delete(cancel);
      if (!over) tally.add(result);
      done();
    };
    const cancel =
      'requests' in method ? streamOnce({ ...about, method }, ended) : callOnce({ ...about, method }, ended);
    open.add(cancel);
  };
  const loop: OpenLoop = startOpenLoop({ ...rate, durationMs, call, clock });
  return {
    finished: loop.finished,
    async abandon() {
      loop.stop();
      const grace = new Promise((resolve) => setTimeout(resolve, GRACE_MS).unref());
      await Promise.race([loop.finished, grace]);
      over = true;
      const givenUp = open.size;
      for (const cancel of open) cancel();
      await loop.finished;
      return givenUp;
    },
  };
}
