import { reap } from './reap.js';

// The reaper: its standard input is a pipe that only the sandbox holds. End of file means that the sandbox is gone,
// however it went. Signals of the terminal are for the sandbox; this process ends when that does.
const runDir = process.argv[2];

function fail(error: unknown): void {
  process.stderr.write(`fairlead reaper: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

if (runDir === undefined) {
  fail('run directory is missing: main.js RUN_DIR');
} else {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  process.stdin.on('error', () => process.stdin.destroy());
  process.stdin.once('close', () => {
    reap(runDir).catch(fail);
  });
  process.stdin.resume();
}
