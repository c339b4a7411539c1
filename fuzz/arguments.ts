import { readNumber, UsageError } from '#commands/command.js';

/** What `npm run fuzz -- …` asks for. */
export interface Arguments {
  /** Names of targets, in the order in which they run. */
  readonly targets: readonly string[];
  /** How long each target is fuzzed. */
  readonly seconds: number;
  /** Decides every choice that is made at random. */
  readonly seed: number;
  /** A file with one input, to be checked instead of fuzzing. */
  readonly input: string | undefined;
  /** Print what there is and end. */
  readonly list: boolean;
}

/** Up to a day. */
const SECONDS = { least: 1, most: 86_400, whole: true };
const SEEDS = { least: 0, most: 2 ** 31 - 1, whole: true };
const ACCEPTED = 'accepted: --seconds N, --seed S, --input FILE, --list';

/**
 * Reads `[TARGET…] [--seconds N] [--seed S] [--input FILE] [--list]`. Without a name all targets run, a minute each,
 * with the seed that is handed in. Throws UsageError.
 */
export function parseArguments(
  argv: readonly string[],
  { known, seed: anySeed }: { readonly known: readonly string[]; readonly seed: number },
): Arguments {
  const targets = new Set<string>();
  let seconds = 60;
  let seed = anySeed;
  let input: string | undefined;
  let list = false;
  for (let at = 0; at < argv.length; at++) {
    const argument = argv[at]!;
    if (argument === '--seconds') seconds = readNumber(argument, argv[++at], SECONDS);
    else if (argument === '--seed') seed = readNumber(argument, argv[++at], SEEDS);
    else if (argument === '--list') list = true;
    else if (argument === '--input') {
      input = argv[++at];
      if (input === undefined) throw new UsageError('--input: accepted is a file with one input on a line');
    } else if (argument.startsWith('-')) throw new UsageError(`option ${argument} is unknown; ${ACCEPTED}`);
    else if (known.includes(argument)) targets.add(argument);
    else throw new UsageError(`target "${argument}" is unknown; accepted: ${known.join(', ')}`);
  }
  if (input !== undefined && targets.size !== 1)
    throw new UsageError('--input goes with the name of one target');
  return { targets: targets.size > 0 ? [...targets] : known, seconds, seed, input, list };
}
