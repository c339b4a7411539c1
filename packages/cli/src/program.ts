import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { callCommand } from './commands/call.js';
import { demoCommand } from './commands/demo.js';
import { doctorCommand } from './commands/doctor.js';
import { resolveCommand } from './commands/resolve.js';
import { sandboxCommand } from './commands/sandbox.js';
import { watchCommand } from './commands/watch.js';
import { xdsCommand } from './commands/xds.js';
import { oneLine } from './errors.js';

/** commander writes `error: …` and a second line with the remedy; a line of ours says both. */
function sayInOneLine(command: Command, path: string): void {
  command.configureOutput({
    outputError(text, write) {
      const what = oneLine(text)
        .replace(/^error: /, '')
        .replace(/\.$/, '');
      write(`fairlead: ${what} (${path} --help shows what is accepted)\n`);
    },
  });
  for (const child of command.commands) sayInOneLine(child, `${path} ${child.name()}`);
}

/** The command line with all its commands; it throws a CommanderError instead of ending the process. */
export function createProgram(): Command {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const program = new Command('fairlead')
    .description('gRPC load balancing on Kubernetes without a mesh')
    .version(version)
    .exitOverride();
  for (const add of [
    demoCommand,
    sandboxCommand,
    resolveCommand,
    watchCommand,
    callCommand,
    doctorCommand,
    xdsCommand,
  ]) {
    add(program);
  }
  sayInOneLine(program, 'fairlead');
  return program;
}
