import type { Comparison, Result, Spread } from './compare.js';
import { BOUND, DEFAULT, onSubset, type Policy, policies } from './contestants.js';
import type { Panel } from './plot.js';

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

/** p99 of everybody at each load, and in brackets that ÷ the first. */
export function rampTable(loads: readonly number[], comparisons: readonly Comparison[]): string[][] {
  const names = comparisons[0]?.results.map(({ contestant }) => contestant) ?? [];
  const cell = ({ results }: Comparison, name: string): string => {
    const found = results.find(({ contestant }) => contestant === name);
    return found === undefined ? '' : `${figure(found.p99.median)} (${figure(found.ratio.median)})`;
  };
  return [
    ['p99 ms (÷ first)', ...loads.map((load) => `${load} ×`)],
    ...names.map((name) => [name, ...comparisons.map((comparison) => cell(comparison, name))]),
  ];
}

/** A latency of the policies against the load: of those on all servers, and on subsets. */
export function rampPanels(
  loads: readonly number[],
  comparisons: readonly Comparison[],
  read: (result: Result) => Spread,
): Panel[] {
  const points = (name: string): [number, number][] =>
    comparisons.map(({ results }, i) => {
      const found = results.find(({ contestant }) => contestant === name);
      return [loads[i] ?? 0, found === undefined ? Number.NaN : read(found).median];
    });
  const names: readonly Policy[] = [DEFAULT, ...policies().filter((policy) => policy !== DEFAULT)];
  const panel = (title: string, nameOf: (policy: Policy) => string): Panel => ({
    title,
    lines: [
      { name: BOUND.name, points: points(BOUND.name) },
      ...names.map((policy) => ({ name: policy, points: points(nameOf(policy)) })),
    ],
  });
  return [panel('on all servers', (policy) => policy), panel('on a subset of 20', onSubset)];
}
