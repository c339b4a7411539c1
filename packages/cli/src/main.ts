#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { callCommand } from './commands/call.js';
import { demoCommand } from './commands/demo.js';
import { doctorCommand } from './commands/doctor.js';
import { resolveCommand } from './commands/resolve.js';
import { sandboxCommand } from './commands/sandbox.js';
import { watchCommand } from './commands/watch.js';
import { CheckFailed, EXIT, UsageError } from './errors.js';

function createProgram(): Command {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const program = new Command('fairlead')
    .description('gRPC load balancing on Kubernetes without a mesh')
    .version(version)
    .showHelpAfterError('(fairlead COMMAND --help shows an example)')
    .exitOverride();
  for (const add of [demoCommand, sandboxCommand, resolveCommand, watchCommand, callCommand, doctorCommand]) {
    add(program);
  }
  return program;
}

/** Errors that name what the user gave: targets, kubeconfigs, options. */
function isWrongUse(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return error instanceof UsageError || code === 'TARGET_INVALID' || code === 'ACCESS_INVALID';
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.wrongUse;
  const text = error instanceof Error ? error.message : String(error);
  // One line: the first says what and how to mend it; a stack helps only who debugs Fairlead itself.
  if (text !== '')
    process.stderr.write(`fairlead: ${process.env.FAIRLEAD_DEBUG ? (error as Error).stack : text}\n`);
  return isWrongUse(error) ? EXIT.wrongUse : EXIT.notSo;
}

try {
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = error instanceof CheckFailed && error.message === '' ? EXIT.notSo : exitCodeOf(error);
}
