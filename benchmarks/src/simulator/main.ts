import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '#commands/command.js';
import { type Arguments, parseArguments } from './arguments.js';
import type { Comparison } from './compare.js';
import { goalsOf } from './goals.js';
import { drawPlot } from './plot.js';
import { asText, balanceSection, checksSection, goalsSection, type Section, withFigures } from './report.js';
import {
  comparisonTable,
  type Extent,
  otherPlans,
  rampPlans,
  rampPlot,
  runPlan,
  STUDIED_LOAD,
} from './sections.js';
import { subsetBalance } from './subset-balance.js';
import { agrees, linkerdChecks, theoryChecks } from './validity.js';

function extentOf({ quick, seed }: Arguments): Extent {
  if (quick) return { seeds: [seed], servers: 25, clients: 25, loads: [0.75, STUDIED_LOAD] };
  return {
    seeds: [seed, seed + 1, seed + 2],
    servers: 100,
    clients: 100,
    loads: [0.75, 1.03, STUDIED_LOAD, 1.74],
  };
}

/** The sizes of perf tables that others publish. */
const FLEETS = [
  { clients: 100, servers: 100, size: 5 },
  { clients: 100, servers: 100, size: 20 },
  { clients: 1000, servers: 100, size: 20 },
  { clients: 100, servers: 1000, size: 20 },
];

function print(sections: Section[], section: Section): void {
  sections.push(section);
  console.log(asText(section));
}

function write(folder: string, sections: readonly Section[], plot: string): void {
  const page = join(folder, 'simulations.md');
  const plots = join(folder, 'simulations');
  const written = withFigures(readFileSync(page, 'utf8'), sections);
  mkdirSync(plots, { recursive: true });
  writeFileSync(join(plots, 'latency-against-load.svg'), plot);
  writeFileSync(page, written);
}

/** Exit code 1: the simulator disagrees with what is known. A missed goal is a finding, not a failure. */
async function run(asked: Arguments): Promise<number> {
  const extent = extentOf(asked);
  const sections: Section[] = [];
  const checks = [...theoryChecks(asked.seed, asked.quick ? 0.25 : 1), ...linkerdChecks(asked.seed)];
  print(sections, checksSection(checks));
  print(sections, balanceSection(FLEETS.map((fleet) => subsetBalance(fleet, asked.seed))));
  const runs = (plans: ReturnType<typeof otherPlans>): Comparison[] =>
    plans.map((plan) => {
      const comparison = runPlan(plan);
      print(sections, { title: comparison.scenario, rows: comparisonTable(comparison) });
      return comparison;
    });
  const ramp = runs(rampPlans(extent));
  const others = runs(otherPlans(extent));
  const studied = ramp[extent.loads.indexOf(STUDIED_LOAD)];
  const quiet = others.find(({ scenario }) => scenario.startsWith('calm'));
  if (studied === undefined || quiet === undefined) throw new Error('a scenario of the goals did not run');
  const joined = others.filter(({ results }) =>
    results.some(({ newcomer }) => !Number.isNaN(newcomer.median)),
  );
  print(sections, goalsSection(goalsOf(studied, quiet, joined)));
  if (asked.write !== null) write(asked.write, sections, drawPlot(rampPlot(extent.loads, ramp)));
  return checks.every(agrees) ? 0 : 1;
}

runCommand(() => parseArguments(process.argv.slice(2)), run);
