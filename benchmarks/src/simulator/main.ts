import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '#commands/command.js';
import { registerFairlead } from '../registration.js';
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
  zonePlans,
} from './plans.js';
import { drawPlot } from './plot.js';
import { compareReal, realSection, verdict } from './real/compare-real.js';
import {
  asText,
  balanceSection,
  checksSection,
  type Figures,
  goalsSection,
  type Section,
  withFigures,
} from './report.js';
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

function writePage(folder: string, figures: Figures): void {
  const page = join(folder, 'simulations.md');
  writeFileSync(page, withFigures(readFileSync(page, 'utf8'), figures));
}

function writePlots(folder: string, plots: Plots): void {
  const pictures = join(folder, 'simulations');
  mkdirSync(pictures, { recursive: true });
  for (const [name, plot] of Object.entries(plots)) writeFileSync(join(pictures, name), plot);
}

/** Exit code 1: the simulator disagrees with the real thing. */
async function runReal({ seed, write }: Arguments): Promise<number> {
  registerFairlead();
  const comparison = await compareReal(seed, (text) => console.error(text));
  const sections = [realSection(comparison)];
  for (const section of sections) console.log(asText(section));
  if (write !== null) writePage(write, { command: 'npm run simulate -- --real --write docs', sections });
  return comparison.some((agreement) => verdict(agreement) === 'DISAGREES') ? 1 : 0;
}

/** Exit code 1: the simulator disagrees with what is known. A missed goal is a finding, not a failure. */
async function runSimulated(asked: Arguments): Promise<number> {
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
  zonePlans(extent).forEach(table);
  print(sections, goalsSection(goalsOf(studied, quiet, joined)));
  if (asked.write !== null) {
    writePage(asked.write, { command: 'npm run simulate -- --write docs', sections });
    writePlots(asked.write, plotsOf(loads, ramp));
  }
  return checks.every(agrees) ? 0 : 1;
}

runCommand(
  () => parseArguments(process.argv.slice(2)),
  (asked) => (asked.real ? runReal(asked) : runSimulated(asked)),
);
