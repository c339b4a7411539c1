#!/usr/bin/env node
import { CommanderError } from 'commander';
import { CheckFailed, EXIT, isWrongUse, oneLine } from './errors.js';
import { createProgram } from './program.js';

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.wrongUse;
  if (error instanceof CheckFailed && error.message === '') return EXIT.notSo;
  // The message says what and how to mend it; a stack helps only who debugs Fairlead itself.
  const debug = process.env.FAIRLEAD_DEBUG && error instanceof Error ? error.stack : undefined;
  process.stderr.write(`fairlead: ${debug ?? oneLine(error)}\n`);
  return isWrongUse(error) ? EXIT.wrongUse : EXIT.notSo;
}

/** A reader that goes away (`| head`) is no trouble: what it did not want to read is not written. */
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

/**
 * Ends the process once all is written. A connection whose first packet gets no answer would keep it for the two
 * minutes in which the kernel tries, and grpc-js cannot give one up.
 */
function leave(): void {
  process.stdout.write('', () => process.stderr.write('', () => process.exit()));
}

try {
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}
leave();
