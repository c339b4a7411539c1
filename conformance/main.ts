import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { runCommand } from '#commands/command.js';
import { type Arguments, parseArguments } from './arguments.js';
import { findKnown, judge, type KnownDifference, readKnown } from './known.js';
import { writePage } from './page.js';
import type { Case, Part } from './part.js';
import { PARTS } from './parts.js';
import { formatTable } from './table.js';

/** Beside the sources: this file runs from `dist`. */
const KNOWN = fileURLToPath(new URL('../known.json', import.meta.url));
const PAGE = fileURLToPath(new URL('../../docs/conformance.md', import.meta.url));

/** Load per core above which calls run into their deadlines, whatever is judged. */
const BUSY = 3;

/** What became of one part. */
interface Outcome {
  readonly part: Part;
  readonly cases: readonly Case[];
  /** Why it did not run, or not to its end. */
  readonly trouble: readonly string[];
  readonly skipped: boolean;
}

async function runPart(part: Part, known: readonly KnownDifference[], signal: AbortSignal): Promise<Outcome> {
  console.log(`\n${part.name}: ${part.about}`);
  const missing = await part.missing();
  if (missing.length > 0) {
    for (const line of missing) console.log(`  missing: ${line}`);
    return { part, cases: [], trouble: missing, skipped: true };
  }
  const startMs = performance.now();
  const stamp = (): string => `${((performance.now() - startMs) / 1000).toFixed(0).padStart(4)} s`;
  const cases: Case[] = [];
  const trouble: string[] = [];
  try {
    await part.run({
      signal,
      log: (line) => console.log(`${stamp()}  ${line}`),
      report(found) {
        const ok = found.ok ?? found.got === found.expected;
        cases.push({ ...found, part: part.name, ok });
        console.log(`${stamp()}  ${ok ? '✓' : '✗'} ${found.case}${ok ? '' : `: ${found.got}`}`);
      },
    });
    if (cases.length === 0) trouble.push('nothing was judged');
  } catch (error) {
    trouble.push(error instanceof Error ? error.message : String(error));
  }
  for (const line of trouble) console.log(`${stamp()}  broke off: ${line}`);
  const [load = 0] = loadavg();
  const cores = availableParallelism();
  if (load > BUSY * cores && cases.some(({ ok }) => !ok))
    console.log(`${stamp()}  load ${load.toFixed(0)} on ${cores} cores: on an idle machine it may differ`);
  if (cases.length > 0)
    console.log(`\n${formatTable(cases, (found) => findKnown(known, found) !== undefined)}`);
  return { part, cases, trouble, skipped: false };
}

/** Prints what the outcomes mean; returns the exit code. */
function conclude(outcomes: readonly Outcome[], known: readonly KnownDifference[], named: boolean): number {
  const cases = outcomes.flatMap((outcome) => outcome.cases);
  const whole = outcomes.filter(({ trouble }) => trouble.length === 0).map(({ part }) => part.name);
  const { fresh, accepted, over } = judge(cases, known, whole);
  const skipped = outcomes.filter((outcome) => outcome.skipped);
  const broken = outcomes.filter((outcome) => !outcome.skipped && outcome.trouble.length > 0);
  console.log('');
  for (const { case: found, reason } of accepted)
    console.log(`known: ${found.part}: ${found.case}: ${reason}`);
  for (const entry of over)
    console.log(`known.json: ${entry.part}: ${entry.case}: no longer occurs, take it out`);
  for (const found of fresh)
    console.log(`NEW: ${found.part}: ${found.case}: expected ${found.expected}, got ${found.got}`);
  for (const { part, trouble } of broken) console.log(`BROKE OFF: ${part.name}: ${trouble.join('; ')}`);
  for (const { part, trouble } of skipped) console.log(`skipped: ${part.name}: ${trouble.join('; ')}`);
  const hold = cases.filter(({ ok }) => ok).length;
  console.log(
    `${cases.length} cases: ${hold} hold, ${accepted.length} differ as known, ${fresh.length} are new; ${skipped.length} parts skipped`,
  );
  return fresh.length > 0 || broken.length > 0 || (named && skipped.length > 0) ? 1 : 0;
}

/** Writes the sections of the parts that ran to their end. */
function publish(outcomes: readonly Outcome[], known: readonly KnownDifference[]): void {
  const whole = outcomes.filter(({ trouble }) => trouble.length === 0);
  const date = new Date().toISOString().slice(0, 10);
  const results = whole.map(({ part: { name, about }, cases }) => ({
    ...{ name, about, date, cases },
    reasonOf: (found: Case) => findKnown(known, found)?.reason,
  }));
  const before = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '';
  const names = PARTS.map(({ name }) => name);
  writeFileSync(PAGE, writePage(before, results, names));
  console.log(`\nwritten: ${PAGE}`);
}

async function run({ names, named, list, write }: Arguments): Promise<number> {
  const parts = PARTS.filter(({ name }) => names.includes(name));
  if (list) {
    for (const { name, about } of parts) console.log(`${name}: ${about}`);
    return 0;
  }
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => stop.abort(new Error(`ended by ${signal}`)));
  }
  const known = readKnown(KNOWN);
  const outcomes: Outcome[] = [];
  for (const part of parts) {
    outcomes.push(await runPart(part, known, stop.signal));
    if (stop.signal.aborted) return 1;
  }
  if (write) publish(outcomes, known);
  return conclude(outcomes, known, named);
}

const known = PARTS.map(({ name }) => name);
runCommand(() => parseArguments(process.argv.slice(2), known), run);
