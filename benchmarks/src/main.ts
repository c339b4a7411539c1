import { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { runCommand } from '#commands/command.js';
import { type Arguments, parseArguments } from './arguments.js';
import type { Benchmark } from './benchmark.js';
import { BENCHMARKS } from './benchmarks.js';
import type { Row } from './rows.js';
import { formatTable } from './table.js';

/** Well above what a benchmark takes: whatever hangs for so long will not end (ms). */
const TIMEOUT_MS = 900_000;

function run({ name }: Benchmark): Promise<readonly Row[]> {
  const child = fork(fileURLToPath(new URL('./run-one.js', import.meta.url)), [name], {
    execArgv: ['--expose-gc'],
    timeout: TIMEOUT_MS,
  });
  return new Promise((resolve, reject) => {
    let rows: readonly Row[] | null = null;
    child.on('message', (message: readonly Row[]) => {
      rows = message;
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      if (rows !== null) resolve(rows);
      else reject(new Error(`benchmark ${name} ended with ${signal ?? `exit code ${code}`}`));
    });
  });
}

async function runAll({ names, json }: Arguments): Promise<number> {
  const all: Row[] = [];
  const machine = { node: process.version, cpu: cpus()[0]?.model ?? '', cores: cpus().length };
  const loadBefore = loadavg();
  console.log(`${machine.cores} × ${machine.cpu}, Node ${machine.node}, load ${loadBefore[0]?.toFixed(1)}`);
  for (const benchmark of BENCHMARKS.filter(({ name }) => names.includes(name))) {
    console.log(`\n${benchmark.name}: ${benchmark.about}`);
    const rows = await run(benchmark);
    all.push(...rows);
    console.log(formatTable(rows));
  }
  const report = { machine: { ...machine, loadBefore, loadAfter: loadavg() }, rows: all };
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
  return 0;
}

const known = BENCHMARKS.map(({ name }) => name);
runCommand(() => parseArguments(process.argv.slice(2), known), runAll);
