import type { Timeline } from '../events.js';
import { antagonists, calm } from '../scenarios.js';
import type { Scenario } from '../simulate.js';

const SIZE = { clients: 5, servers: 20 };
/** So much slower than in the other simulations: beside calls of 400 ms, what a busy machine adds is little. */
const SLOWER = 4;

/** A timeline on which everything takes longer. */
function stretched(events: Timeline, factor: number): Timeline {
  return {
    get now() {
      return events.now / factor;
    },
    at: (atMs, action) => events.at(atMs * factor, action),
    after: (delayMs, action) => events.after(delayMs * factor, action),
  };
}

/** The same at another pace: all but the network. */
export function slowed(scenario: Scenario, factor: number): Scenario {
  const { rate, work, timeoutMs, warmMs, endMs, script } = scenario;
  return {
    ...scenario,
    rate: rate / factor,
    work: (random) => work(random) * factor,
    timeoutMs: timeoutMs * factor,
    warmMs: warmMs * factor,
    endMs: endMs * factor,
    ...(script === undefined
      ? {}
      : { script: (world) => script({ ...world, events: stretched(world.events, factor) }) }),
  };
}

/** What is run in virtual and in real time, by name. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  calm: slowed(calm(SIZE), SLOWER),
  antagonists: slowed(antagonists(1.27, SIZE), SLOWER),
};
