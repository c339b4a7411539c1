import { UsageError } from '#commands/command.js';

/** What `npm run conformance -- …` asks for. */
export interface Arguments {
  /** Names of parts, in the order in which they run. */
  readonly names: readonly string[];
  /** The parts were named: then each must run. */
  readonly named: boolean;
  /** Print what there is and end. */
  readonly list: boolean;
  /** Write what was found into docs/conformance.md. */
  readonly write: boolean;
}

/** Reads `[PART…] [--list] [--write]`; without a name all parts run. Throws UsageError. */
export function parseArguments(argv: readonly string[], known: readonly string[]): Arguments {
  const names = new Set<string>();
  let list = false;
  let write = false;
  for (const argument of argv) {
    if (argument === '--list') list = true;
    else if (argument === '--write') write = true;
    else if (argument.startsWith('-'))
      throw new UsageError(`option ${argument} is unknown; accepted: --list, --write`);
    else if (!known.includes(argument))
      throw new UsageError(`part "${argument}" is unknown; accepted: ${known.join(', ')}`);
    else names.add(argument);
  }
  return { names: names.size > 0 ? [...names] : known, named: names.size > 0, list, write };
}
