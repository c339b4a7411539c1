import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from '#commands/command.js';
import { anySeed } from '#commands/random.js';
import { type Arguments, parseArguments } from './arguments.js';
import type { Finding, Progress } from './engine/finding.js';
import { runTarget } from './engine/run-target.js';
import { TARGETS } from './targets.js';

/** Beside the sources: this file runs from `dist`. */
const FOUND = fileURLToPath(new URL('../found/', import.meta.url));
const PROGRESS_EVERY_MS = 15_000;

function save(name: string, number: number, finding: Finding): string {
  mkdirSync(FOUND, { recursive: true });
  const file = `${FOUND}${name}-${number}.txt`;
  writeFileSync(file, `${finding.input}\n`);
  return relative(process.cwd(), file);
}

/** Fuzzes one target; the number of findings. */
async function fuzz(name: string, { seconds, seed }: Arguments, signal: AbortSignal): Promise<number> {
  let findings = 0;
  let last: Progress | undefined;
  const startMs = performance.now();
  const tell = (): void => {
    const took = `${Math.round((performance.now() - startMs) / 1000)} s`.padStart(6);
    if (last)
      console.log(`${took}  ${last.checks} inputs, ${last.corpus} kept, ${last.blocks} blocks reached`);
  };
  const timer = setInterval(tell, PROGRESS_EVERY_MS);
  await runTarget(name, {
    seed,
    seconds,
    signal,
    progress: (progress) => {
      last = progress;
    },
    found(finding) {
      findings++;
      const file = save(name, findings, finding);
      console.log(`FOUND: ${finding.problem}\n  again: npm run fuzz -- ${name} --input ${file}`);
    },
  });
  clearInterval(timer);
  tell();
  return findings;
}

/** Checks one input in this very thread, so that a debugger can follow it. */
async function checkOne(name: string, file: string): Promise<number> {
  const target = TARGETS.find((each) => each.name === name)!;
  const subject = await target.open();
  try {
    await subject.check(target.form.read(readFileSync(file, 'utf8').trimEnd()));
    console.log(`${name}: ${file} is met as it should be`);
    return 0;
  } catch (error) {
    console.log(error);
    return 1;
  } finally {
    await subject.close?.();
  }
}

async function run(asked: Arguments): Promise<number> {
  const targets = TARGETS.filter(({ name }) => asked.targets.includes(name));
  if (asked.list) {
    for (const { name, about } of targets) console.log(`${name}: ${about}`);
    return 0;
  }
  if (asked.input !== undefined) return checkOne(asked.targets[0]!, asked.input);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());
  console.log(`seed ${asked.seed}, ${asked.seconds} s for each target, Node ${process.version}`);
  let findings = 0;
  for (const { name, about } of targets) {
    console.log(`\n${name}: ${about}`);
    findings += await fuzz(name, asked, stop.signal);
    if (stop.signal.aborted) return 1;
  }
  console.log(
    `\n${findings === 0 ? 'nothing was found' : `${findings} findings; again with --seed ${asked.seed}`}`,
  );
  return findings === 0 ? 0 : 1;
}

const known = TARGETS.map(({ name }) => name);
runCommand(() => parseArguments(process.argv.slice(2), { known, seed: anySeed() }), run);
