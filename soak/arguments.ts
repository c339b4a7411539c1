import { readNumber, UsageError } from '#commands/command.js';

/** What `npm run soak -- …` asks for. */
export interface Arguments {
  /** Names of parts, in the order in which they run. */
  readonly parts: readonly string[];
  /** How long the part runs that has no end of its own. */
  readonly minutes: number;
  /** Decides every choice that is made at random. */
  readonly seed: number;
  /** Print one JSON object at the end, and progress on stderr. */
  readonly json: boolean;
}

/** A week. */
const MOST_MINUTES = 10_080;
const MOST_SEED = 2 ** 32 - 1;

/**
 * Reads `[PART…] [--minutes N] [--seed S] [-o json]`. Without a name all parts run, one minute, with the seed that is
 * handed in. Throws UsageError.
 */
export function parseArguments(
  argv: readonly string[],
  { known, seed: anySeed }: { readonly known: readonly string[]; readonly seed: number },
): Arguments {
  const parts = new Set<string>();
  let minutes = 1;
  let seed = anySeed;
  let json = false;
  for (let at = 0; at < argv.length; at++) {
    const argument = argv[at]!;
    if (argument === '--minutes') {
      minutes = readNumber(argument, argv[++at], { least: 0.1, most: MOST_MINUTES, whole: false });
    } else if (argument === '--seed') {
      seed = readNumber(argument, argv[++at], { least: 0, most: MOST_SEED, whole: true });
    } else if (argument === '-o') {
      const format = argv[++at];
      if (format !== 'json') throw new UsageError(`-o "${format ?? ''}": accepted is json`);
      json = true;
    } else if (argument.startsWith('-')) {
      throw new UsageError(`option ${argument} is unknown; accepted: --minutes N, --seed S, -o json`);
    } else if (known.includes(argument)) parts.add(argument);
    else throw new UsageError(`part "${argument}" is unknown; accepted: ${known.join(', ')}`);
  }
  return { parts: parts.size > 0 ? [...parts] : known, minutes, seed, json };
}
