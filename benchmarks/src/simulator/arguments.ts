import { readNumber, UsageError } from '#commands/command.js';

/** What `npm run simulate -- …` asks for. */
export interface Arguments {
  /** A fleet of twenty, one seed and short runs: seconds instead of minutes. */
  readonly quick: boolean;
  /** Runs policies in real time too, and compares. */
  readonly real: boolean;
  /** The first seed; the others follow it. */
  readonly seed: number;
  /** A folder with `simulations.md`, whose figures are replaced, and for the plots; null: only print. */
  readonly write: string | null;
}

/** Reads `[--quick | --real] [--seed S] [--write FOLDER]`. Throws UsageError. */
export function parseArguments(argv: readonly string[]): Arguments {
  let quick = false;
  let real = false;
  let seed = 7;
  let write: string | null = null;
  for (let at = 0; at < argv.length; at++) {
    const argument = argv[at] ?? '';
    if (argument === '--quick') quick = true;
    else if (argument === '--real') real = true;
    else if (argument === '--seed') {
      seed = readNumber(argument, argv[++at], { least: 0, most: 1e9, whole: true });
    } else if (argument === '--write') {
      write = argv[++at] ?? '';
      if (write === '') throw new UsageError('--write: the name of a folder is missing');
    } else
      throw new UsageError(`"${argument}" is unknown; accepted: --quick, --real, --seed S, --write FOLDER`);
  }
  return { quick, real, seed, write };
}
