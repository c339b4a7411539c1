import { UsageError } from '#commands/command.js';

/** What `npm run bench -- …` asks for. */
export interface Arguments {
  /** Names of benchmarks, in the order in which they run. */
  readonly names: readonly string[];
  /** Where the rows go as JSON. */
  readonly json?: string;
}

/** Reads `[NAME…] [--json FILE]`; without a name all benchmarks run. Throws UsageError. */
export function parseArguments(argv: readonly string[], known: readonly string[]): Arguments {
  const names: string[] = [];
  let json: string | undefined;
  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i] ?? '';
    if (argument === '--json') {
      json = argv[++i];
      if (json === undefined || json === '') throw new UsageError('--json: the name of a file is missing');
    } else if (argument.startsWith('-')) {
      throw new UsageError(`option ${argument} is unknown; accepted: --json FILE`);
    } else if (!known.includes(argument)) {
      throw new UsageError(`benchmark "${argument}" is unknown; accepted: ${known.join(', ')}`);
    } else if (!names.includes(argument)) {
      names.push(argument);
    }
  }
  return { names: names.length > 0 ? names : known, ...(json === undefined ? {} : { json }) };
}
