import { monotonicMs, waitFor } from '#commands/wait.js';
import type { Holdings } from '../client/messages.js';
import type { EventLog } from '../event-log.js';

/**
 * grpc-js sweeps pooled connections every 10 s and lets the back-off of a lost pod end (two minutes and a fifth more
 * at most), kept connections of HTTP end after 60 s.
 */
const CLOSED_MS = 150_000;

/** A process that should hold no more than before. */
export interface Held {
  readonly who: string;
  readonly process: { hold(): Promise<Holdings> };
  readonly before: Holdings;
  /** Whether its timers count. */
  readonly timers: boolean;
}

/** What it held before and holds in the end. */
export interface Returned {
  readonly after: Holdings;
  /** What of it is more than before. */
  readonly left: readonly string[];
}

/** What a process holds more than before. */
function leftovers({ before, timers: counted }: Held, after: Holdings): string[] {
  const counts = ({ sockets, timers, handles }: Holdings): Readonly<Record<string, number>> => ({
    ...{ sockets, ...(counted ? { timers } : {}) },
    ...handles,
  });
  const was = counts(before);
  return Object.entries(counts(after))
    .filter(([kind, count]) => count > (was[kind] ?? 0))
    .map(([kind, count]) => `${kind} ${was[kind] ?? 0} -> ${count}`);
}

/** Waits until a process holds no more than before it began. */
export async function returned(held: Held, log: EventLog): Promise<Returned> {
  const { who, process } = held;
  const startMs = monotonicMs();
  let after = await process.hold();
  const left = (): string[] => leftovers(held, after);
  log.say(`closed; left for now of ${who}: ${[...left(), ...after.timerPlaces].join(', ') || 'nothing'}`);
  const same = async (): Promise<boolean> => {
    after = await process.hold();
    return left().length === 0;
  };
  await waitFor(`${who} holds nothing`, same, { timeoutMs: CLOSED_MS }).then(
    () => log.say(`nothing is left of ${who} ${((monotonicMs() - startMs) / 1000).toFixed(1)} s after close`),
    () => {
      for (const text of left()) log.object(`after close: ${who} holds ${text}`);
      log.say(`timers: ${after.timerPlaces.join(', ')}`);
    },
  );
  return { after, left: left() };
}
