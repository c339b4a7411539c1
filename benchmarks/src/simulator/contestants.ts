import { parseConfig } from '@fairlead/balancing';
import { shortestQueue } from './bounds.js';
import { type Offered, PipelineClient } from './client.js';
import type { ChooserFactory } from './simulate.js';

/** Who is compared. */
export interface Contestant {
  readonly name: string;
  readonly choosers: ChooserFactory;
}

/** Servers with the kit of `@fairlead/server`. */
const REPORTING: Offered = { trailers: true, streamMs: 'own' };

/** What ships, by its config. */
export function pipeline(name: string, json: object, offered: Offered = REPORTING): Contestant {
  const config = parseConfig(json);
  return {
    name,
    choosers: ({ events, random, scenario, client }) => {
      const zone = scenario.zoneOf?.(client);
      return new PipelineClient({
        config,
        events,
        random,
        offered,
        callsPerSecond: (scenario.rate * 1000) / scenario.clients,
        networkMs: scenario.networkMs,
        ...(zone === undefined ? {} : { zone }),
      });
    },
  };
}

/** The shortest queue, seen by every client without delay. */
export const BOUND: Contestant = { name: 'shortest queue', choosers: shortestQueue };

/** The part of a config that says who chooses. */
export const POLICIES = {
  roundRobin: { pick: { roundRobin: {} } },
  leastRequest: { pick: { leastRequest: {} } },
  peakEwma: { pick: { peakEwma: {} } },
  // The blackout of 10 s would outlast the warm-up.
  weightedRoundRobin: { pick: { weightedRoundRobin: { blackoutMs: 1000 } } },
  loadAware: { pick: { loadAware: {} } },
} as const;

export type Policy = keyof typeof POLICIES;

/** The one that an empty config means. */
export const DEFAULT = defaultPolicy();

function defaultPolicy(): Policy {
  const { policy } = parseConfig({}).pick;
  if (!(policy in POLICIES)) throw new Error(`the default, ${policy}, is not simulated`);
  return policy as Policy;
}

/** A68 leaves the size to the user; this is the default of the config. */
const SUBSET = 20;

/** Every policy that evens out load. */
export function policies(): readonly Policy[] {
  return Object.keys(POLICIES) as Policy[];
}

/** How a policy is called that picks from a subset. */
export function onSubset(policy: Policy): string {
  return `${policy}, subset ${SUBSET}`;
}

/** Policies on all servers. */
export function onAll(names = policies()): Contestant[] {
  return names.map((policy) => pipeline(policy, POLICIES[policy]));
}

/** The same on a subset of the servers. */
export function onSubsets(names = policies()): Contestant[] {
  return names.map((policy) => pipeline(onSubset(policy), { ...POLICIES[policy], subset: { size: SUBSET } }));
}

/** Reports ten times a second from every server to every client: more than a client should pay. */
export const FULL_REPORTS = pipeline('loadAware, 100 ms', POLICIES.loadAware, {
  trailers: true,
  streamMs: 100,
});
