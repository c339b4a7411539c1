import { runCommand } from '#commands/command.js';
import { anySeed } from '#commands/random.js';
import { type Arguments, parseArguments } from './arguments.js';
import type { PartReport } from './part.js';
import { PARTS } from './parts.js';
import { formatRows, formatTrouble, held } from './report.js';

async function run({ parts, minutes, seed, json }: Arguments): Promise<number> {
  const print = json ? console.error : console.log;
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => stop.abort(new Error(`ended by ${signal}`)));
  }
  print(`seed ${seed}, ${minutes} min, Node ${process.version}`);
  const reports: PartReport[] = [];
  for (const part of PARTS.filter(({ name }) => parts.includes(name))) {
    print(`\n${part.name}: ${part.about}`);
    const report = await part.run({ minutes, seed, log: print, signal: stop.signal });
    reports.push(report);
    print(`\n${formatRows(report.rows)}`);
    if (!held(report)) print(`\n${formatTrouble(report, seed)}`);
    if (stop.signal.aborted) return 1;
  }
  const ok = reports.every(held);
  if (json) console.log(JSON.stringify({ seed, minutes, ok, parts: reports }, null, 2));
  return ok ? 0 : 1;
}

const known = PARTS.map(({ name }) => name);
runCommand(() => parseArguments(process.argv.slice(2), { known, seed: anySeed() }), run);
