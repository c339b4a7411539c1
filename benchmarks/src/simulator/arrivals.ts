import type { Random } from '#commands/random.js';
import type { Timeline } from './events.js';
import type { Scenario } from './simulate.js';

/** After the connections are made (ms). */
const FIRST_CALL_MS = 10;

export interface Arrivals {
  readonly timeline: Timeline;
  readonly random: Random;
  /** A call comes to a client; it was due at `dueMs`. */
  call(due: { readonly client: number; readonly workMs: number; readonly dueMs: number }): void;
  /** No call comes any more. */
  over?(): void;
}

/** Lets the calls of a scenario come, at random (Poisson), whatever became of those before. */
export function startArrivals(scenario: Scenario, arrivals: Arrivals): void {
  const { timeline, random } = arrivals;
  const next = (dueMs: number): void => {
    if (dueMs >= scenario.endMs) {
      arrivals.over?.();
      return;
    }
    const nextMs = dueMs - Math.log(1 - random()) / scenario.rate;
    timeline.at(nextMs, () => next(nextMs));
    const client = Math.floor(random() * scenario.clients);
    arrivals.call({ client, workMs: scenario.work(random), dueMs });
  };
  timeline.at(FIRST_CALL_MS, () => next(FIRST_CALL_MS));
}
