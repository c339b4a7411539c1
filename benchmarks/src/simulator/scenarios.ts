import type { ServerPlan } from './server.js';
import type { Scenario, World } from './simulate.js';
import { exponential, variable } from './work.js';

/** How many there are. */
export interface Size {
  readonly clients: number;
  readonly servers: number;
}

const SLOTS = 4;
const MEAN_MS = 100;
/** Calls that take longer have failed. */
export const DEADLINE_MS = 5000;
/** What a server does in a millisecond. */
const CALLS_PER_MS = SLOTS / MEAN_MS;

const PLAN: ServerPlan = { slots: SLOTS, speed: 1 };
const plans = (count: number, plan = PLAN): ServerPlan[] => Array.from({ length: count }, () => plan);

/** Equal servers at 70 % of what they can do: a policy must do no harm here. */
export function calm({ clients, servers }: Size): Scenario {
  return {
    name: `calm, ${clients} clients`,
    servers: plans(servers),
    clients,
    rate: CALLS_PER_MS * servers * 0.7,
    work: variable(MEAN_MS),
    networkMs: 0.3,
    timeoutMs: DEADLINE_MS,
    warmMs: 5000,
    endMs: 25_000,
  };
}

/**
 * The Prequal testbed: 30 % of the servers have just what they were allotted, the others two to four times as much,
 * and each is drawn anew every five seconds. `load` is in multiples of the allotment.
 */
export function antagonists(load: number, size: Size): Scenario {
  return {
    ...calm(size),
    name: `antagonists at ${load}, ${size.clients} clients`,
    rate: CALLS_PER_MS * size.servers * load,
    warmMs: 8000,
    endMs: 23_000,
    script: ({ events, random, servers }) => {
      for (const server of servers) {
        const draw = (): void => {
          server.speed = random() < 0.3 ? 1 : 2 + 2 * random();
          events.after(exponential(5000, random), draw);
        };
        draw();
      }
    },
  };
}

/** One server in ten is slower by a factor, for good; the load is 70 % of what all can do together. */
export function slow(factor: number, size: Size): Scenario {
  const slowOnes = Math.round(size.servers / 10);
  const speed = size.servers - slowOnes + slowOnes / factor;
  return {
    ...calm(size),
    name: `a tenth ${factor} × slower, ${size.clients} clients`,
    servers: [...plans(size.servers - slowOnes), ...plans(slowOnes, { slots: SLOTS, speed: 1 / factor })],
    rate: CALLS_PER_MS * speed * 0.7,
  };
}

/** A tenth more servers join at once, ten times slower at first; they warm up in ten seconds. */
export function coldStart({ clients, servers }: Size): Scenario {
  const joining = Math.ceil(servers / 10);
  return {
    ...calm({ clients, servers }),
    name: `cold start, ${clients} clients`,
    warmMs: 10_000,
    script: (world) =>
      world.events.at(10_000, () => {
        for (let i = 0; i < joining; i++) joinCold(world);
        world.announce();
      }),
  };
}

function joinCold(world: World): void {
  const { events } = world;
  const server = world.addServer({ slots: SLOTS, speed: 0.1 });
  const began = events.now;
  const warmer = (): void => {
    server.speed = Math.min(1, 0.1 + (0.9 * (events.now - began)) / 10_000);
    if (server.speed < 1) events.after(200, warmer);
  };
  warmer();
}

/** The servers are at 95 % of what they can do; as many again join, warm, after five seconds. */
export function scaleUp({ clients, servers }: Size): Scenario {
  return {
    ...calm({ clients, servers }),
    name: `scale-up, ${clients} clients`,
    rate: CALLS_PER_MS * servers * 0.95,
    warmMs: 10_000,
    endMs: 20_000,
    script: (world) =>
      world.events.at(10_000, () => {
        for (let i = 0; i < servers; i++) world.addServer(PLAN);
        world.announce();
      }),
  };
}

/** Each server is replaced, one after the other: the new one comes, and the old one goes when it is there. */
export function rollingUpdate({ clients, servers }: Size): Scenario {
  const roundMs = 20_000 / servers;
  return {
    ...calm({ clients, servers }),
    name: `rolling update, ${clients} clients`,
    script: (world) => {
      const old = [...world.servers];
      for (const [i, server] of old.entries()) {
        world.events.at(5000 + i * roundMs, () => {
          world.addServer(PLAN);
          world.announce();
        });
        world.events.at(5000 + (i + 0.5) * roundMs, () => {
          world.removeServer(server);
          world.announce();
        });
      }
    },
  };
}

/** Three zones with a third of the servers each, half of the clients in the first, which asks
 * 105 % of what it can do; each endpoint is hinted at its zone. */
export function zoneSkew({ clients, servers }: Size): Scenario {
  const zones = ['a', 'b', 'c'];
  return {
    ...calm({ clients, servers }),
    name: `zone skew, ${clients} clients`,
    servers: plans(servers).map((plan, i) => ({ ...plan, zone: zones[i % 3] ?? '' })),
    zoneOf: (client) => (client < clients * 0.5 ? 'a' : client < clients * 0.75 ? 'b' : 'c'),
  };
}
