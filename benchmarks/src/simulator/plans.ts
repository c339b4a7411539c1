import { type Comparison, compare } from './compare.js';
import {
  BOUND,
  type Contestant,
  FULL_REPORTS,
  onAll,
  onSubsets,
  POLICIES,
  type Policy,
  pipeline,
} from './contestants.js';
import {
  antagonists,
  calm,
  coldStart,
  rollingUpdate,
  type Size,
  scaleUp,
  slow,
  zoneSkew,
} from './scenarios.js';
import type { Scenario } from './simulate.js';

/** How much is simulated. */
export interface Extent {
  readonly seeds: readonly number[];
  /** Of the fleets in which subsets matter. */
  readonly servers: number;
  readonly clients: number;
  /** Multiples of the allotment. */
  readonly loads: readonly number[];
}

/** Where antagonists cost most of what could be had. */
export const STUDIED_LOAD = 1.27;

/** One scenario with its contestants; the first is what the others are divided by. */
export interface Plan {
  readonly about: string;
  readonly scenario: Scenario;
  readonly contestants: readonly Contestant[];
  readonly seeds: readonly number[];
}

/** Policies whose newcomers are looked at. */
export const JOINED = ['roundRobin', 'leastRequest', 'peakEwma', 'loadAware'] as const;

const everybody = (): Contestant[] => [BOUND, ...onAll(), ...onSubsets()];

/** With slow start, and without. */
function joining(): Contestant[] {
  const slowly = (policy: Policy): Contestant =>
    pipeline(`${policy}, slowStart`, { ...POLICIES[policy], slowStart: {} });
  return [BOUND, ...onAll(JOINED), ...JOINED.map(slowly)];
}

function zoned(): Contestant[] {
  return [
    pipeline('everywhere', { ...POLICIES.loadAware, zone: { hints: false } }),
    pipeline('hints', POLICIES.loadAware),
    pipeline('preferZone', { ...POLICIES.loadAware, zone: { preferZone: true } }),
    pipeline('preferZone, leastRequest', { ...POLICIES.leastRequest, zone: { preferZone: true } }),
  ];
}

/** The antagonists at each load, once, but the studied one with every seed. */
export function rampPlans({ seeds, servers, clients, loads }: Extent): Plan[] {
  return loads.map((load) => ({
    about: `Antagonists, ${load} × allotment, ${clients} clients`,
    scenario: antagonists(load, { clients, servers }),
    contestants: [...everybody(), FULL_REPORTS],
    seeds: load === STUDIED_LOAD ? seeds : seeds.slice(0, 1),
  }));
}

/** Few clients: a subset would leave servers without calls. */
export function fewPlans({ seeds, servers }: Extent): Plan[] {
  return [1, 5].map((clients) => ({
    about: `Antagonists, ${STUDIED_LOAD} × allotment, ${clients === 1 ? 'one client' : `${clients} clients`}`,
    scenario: antagonists(STUDIED_LOAD, { clients, servers }),
    contestants: [BOUND, ...onAll()],
    seeds: seeds.slice(0, 1),
  }));
}

/** So long (ms) that chance moves p99 by less than the hundredths that are looked for. */
const CALM_MS = 65_000;

/** Equal servers; divided by `roundRobin`, which is what a policy must not be worse than. */
export function calmPlan({ seeds, servers, clients }: Extent): Plan {
  return {
    about: `Calm, ${clients} clients`,
    scenario: { ...calm({ clients, servers }), endMs: CALM_MS },
    contestants: [...onAll(), ...onSubsets()],
    seeds,
  };
}

/** Some servers are slower than others. */
export function slowPlans({ seeds, servers, clients }: Extent): Plan[] {
  return [2, 16].map((factor) => ({
    about: `A tenth of the servers ${factor} × slower, ${clients} clients`,
    scenario: slow(factor, { clients, servers }),
    contestants: everybody(),
    seeds: seeds.slice(0, 1),
  }));
}

/** Servers that come and go; few of them, so that each client has some of the calls of a newcomer. */
export function joinedPlans({ seeds, clients }: Extent): Plan[] {
  const size: Size = { clients, servers: 10 };
  const plan = (about: string, scenario: Scenario): Plan => ({
    about: `${about}, ${clients} clients`,
    scenario,
    contestants: joining(),
    seeds,
  });
  return [
    plan('Cold start', coldStart(size)),
    plan('Scale-up', scaleUp(size)),
    plan('Rolling update', rollingUpdate(size)),
  ];
}

/** Clients with so many calls that they have streams of reports, and clients with fewer. */
export function zonePlans({ seeds }: Extent): Plan[] {
  return [8, 20].map((clients) => ({
    about: `Zone skew, ${clients} clients`,
    scenario: zoneSkew({ clients, servers: 30 }),
    contestants: zoned(),
    seeds,
  }));
}

export function runPlan({ about, scenario, contestants, seeds }: Plan): Comparison {
  return { ...compare(scenario, contestants, seeds), scenario: about };
}
