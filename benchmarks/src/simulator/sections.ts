import { type Comparison, compare, type Result, type Spread } from './compare.js';
import { BOUND, type Contestant, FULL_REPORTS, named, POLICIES, pipeline } from './contestants.js';
import type { Plot } from './plot.js';
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

const FEW = [
  'shortest queue',
  'roundRobin',
  'leastRequest',
  'leastRequest, subset 20',
  'peakEwma, subset 20',
  'weightedRoundRobin, subset 20',
  'loadAware, subset 20',
];
const JOINED = ['roundRobin', 'leastRequest', 'peakEwma', 'loadAware'] as const;

/** Policies without a subset, with and without slow start. */
function joining(): Contestant[] {
  const reports = { trailers: true, streamMs: 'own' } as const;
  return JOINED.flatMap((policy) => {
    const pick = { [policy]: {} };
    const of = policy === 'loadAware' ? reports : {};
    return [pipeline(policy, { pick }, of), pipeline(`${policy}, slowStart`, { pick, slowStart: {} }, of)];
  });
}

function zoned(): Contestant[] {
  return [
    pipeline('leastRequest, no hints', { zone: { hints: false } }),
    pipeline('leastRequest, hints', {}),
    pipeline('peakEwma, hints', { pick: { peakEwma: {} } }),
  ];
}

/** The antagonists at each load, once, but the studied one with every seed and everybody. */
export function rampPlans({ seeds, servers, clients, loads }: Extent): Plan[] {
  const size = { clients, servers };
  return loads.map((load) => {
    const studied = load === STUDIED_LOAD;
    return {
      about: `antagonists, ${load} × allotment, ${clients} clients`,
      scenario: antagonists(load, size),
      contestants: studied ? [BOUND, ...POLICIES, FULL_REPORTS] : named(...FEW),
      seeds: studied ? seeds : seeds.slice(0, 1),
    };
  });
}

/** Few clients, calm and slow servers, and servers that come and go. */
export function otherPlans({ seeds, servers, clients }: Extent): Plan[] {
  const size = { clients, servers };
  const once = seeds.slice(0, 1);
  const small: Size = { clients, servers: 10 };
  const few = named(...FEW);
  const plan = (scenario: Scenario, contestants: readonly Contestant[], own = seeds): Plan => ({
    about: scenario.name,
    scenario,
    contestants,
    seeds: own,
  });
  return [
    ...[1, 5].map((count) => plan(antagonists(STUDIED_LOAD, { clients: count, servers }), few, once)),
    plan(calm(size), POLICIES),
    ...[2, 16].map((factor) => plan(slow(factor, size), few, once)),
    plan(coldStart(small), [BOUND, ...joining()]),
    plan(scaleUp(small), [BOUND, ...joining()]),
    plan(rollingUpdate(small), [BOUND, ...joining()]),
    plan(zoneSkew({ clients, servers: 30 }), zoned()),
  ];
}

export function runPlan({ about, scenario, contestants, seeds }: Plan): Comparison {
  return { ...compare(scenario, contestants, seeds), scenario: about };
}

function figure(value: number): string {
  if (Number.isNaN(value)) return '';
  const size = Math.abs(value);
  return size >= 100 ? value.toFixed(0) : size >= 10 ? value.toFixed(1) : value.toFixed(2);
}

const range = ({ median, worst }: Spread): string =>
  Number.isNaN(median) ? '' : median === worst ? figure(median) : `${figure(median)} (${figure(worst)})`;

const COLUMNS: readonly (readonly [string, (result: Result) => Spread])[] = [
  ['p50 ms', ({ p50 }) => p50],
  ['p99 ms', ({ p99 }) => p99],
  ['p99 ÷ first', ({ ratio }) => ratio],
  ['failed %', ({ failed }) => failed],
  ['newcomer ÷ fair', ({ newcomer }) => newcomer],
  ['in zone %', ({ inZone }) => inZone],
];

/** A comparison as rows of text under a head; columns that say nothing are left out. */
export function comparisonTable({ results }: Comparison): string[][] {
  const columns = COLUMNS.filter(([, read]) => results.some((result) => !Number.isNaN(read(result).median)));
  return [
    ['policy', ...columns.map(([head]) => head)],
    ...results.map((result) => [result.contestant, ...columns.map(([, read]) => range(read(result)))]),
  ];
}

/** p99 against the load, for those that ran at every load. */
export function rampPlot(loads: readonly number[], comparisons: readonly Comparison[]): Plot {
  const [first] = comparisons;
  const names = (first?.results ?? [])
    .map(({ contestant }) => contestant)
    .filter((name) => comparisons.every(({ results }) => results.some((r) => r.contestant === name)));
  const lines = names.map((name) => ({
    name,
    points: comparisons.map(({ results }, i): [number, number] => {
      const found = results.find(({ contestant }) => contestant === name);
      return [loads[i] ?? 0, found?.p99.median ?? Number.NaN];
    }),
  }));
  return { title: 'Latency against load, antagonists', x: 'load ÷ allotment', y: 'p99 (ms)', lines };
}
