import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '#commands/command.js';
import { type Arguments, parseArguments } from './arguments.js';
import type { Comparison } from './compare.js';
import { goalsOf } from './goals.js';
import {
  calmPlan,
  type Extent,
  fewPlans,
  joinedPlans,
  type Plan,
  rampPlans,
  runPlan,
  STUDIED_LOAD,
  slowPlans,
  zonePlan,
} from './plans.js';
import { drawPlot } from './plot.js';
import { asText, balanceSection, checksSection, goalsSection, type Section, withFigures } from './report.js';
import { DEADLINE_MS } from './scenarios.js';
import { comparisonTable, rampPanels, rampTable } from './sections.js';
import { subsetBalance } from './subset-balance.js';
import { agrees, linkerdChecks, theoryChecks } from './validity.js';

function extentOf({ quick, seed }: Arguments): Extent {
  if (quick) return { seeds: [seed], servers: 25, clients: 25, loads: [0.75, STUDIED_LOAD] };
  return {
    seeds: [seed, seed + 1, seed + 2],
    servers: 100,
    clients: 100,
    loads: [0.75, 1.03, STUDIED_LOAD, 1.5, 1.74],
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

/** Plots by the names of their files. */
type Plots = Readonly<Record<string, string>>;

function plotsOf(loads: readonly number[], ramp: readonly Comparison[]): Plots {
  const x = 'load ÷ allotment';
  return {
    'p99-against-load.svg': drawPlot({
      title: 'Antagonists: the slowest hundredth of the calls',
      x,
      y: 'p99 (ms)',
      panels: rampPanels(loads, ramp, ({ p99 }) => p99),
      mark: { y: DEADLINE_MS, name: 'deadline' },
    }),
    'p50-against-load.svg': drawPlot({
      title: 'Antagonists: the middle of the calls',
      x,
      y: 'p50 (ms)',
      panels: rampPanels(loads, ramp, ({ p50 }) => p50),
    }),
  };
}

function write(folder: string, sections: readonly Section[], plots: Plots): void {
  const page = join(folder, 'simulations.md');
  const pictures = join(folder, 'simulations');
  const written = withFigures(readFileSync(page, 'utf8'), sections);
  mkdirSync(pictures, { recursive: true });
  for (const [name, plot] of Object.entries(plots)) writeFileSync(join(pictures, name), plot);
  writeFileSync(page, written);
}

/** Exit code 1: the simulator disagrees with what is known. A missed goal is a finding, not a failure. */
async function run(asked: Arguments): Promise<number> {
  const extent = extentOf(asked);
  const { loads } = extent;
  const sections: Section[] = [];
  const checks = [...theoryChecks(asked.seed, asked.quick ? 0.25 : 1), ...linkerdChecks(asked.seed)];
  print(sections, checksSection(checks));
  print(sections, balanceSection(FLEETS.map((fleet) => subsetBalance(fleet, asked.seed))));
  const table = (plan: Plan): Comparison => {
    const comparison = runPlan(plan);
    print(sections, { title: comparison.scenario, rows: comparisonTable(comparison) });
    return comparison;
  };
  const ramp = rampPlans(extent).map(runPlan);
  print(sections, { title: `Antagonists, ${extent.clients} clients`, rows: rampTable(loads, ramp) });
  const studied = ramp[loads.indexOf(STUDIED_LOAD)];
  if (studied === undefined) throw new Error('the load of the goals was not simulated');
  print(sections, { title: studied.scenario, rows: comparisonTable(studied) });
  fewPlans(extent).forEach(table);
  const quiet = table(calmPlan(extent));
  slowPlans(extent).forEach(table);
  const joined = joinedPlans(extent).map(table);
  table(zonePlan(extent));
  print(sections, goalsSection(goalsOf(studied, quiet, joined)));
  if (asked.write !== null) write(asked.write, sections, plotsOf(loads, ramp));
  return checks.every(agrees) ? 0 : 1;
}

runCommand(() => parseArguments(process.argv.slice(2)), run);
