/** A command line that cannot be followed; the message says what is accepted. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Which numbers an option takes. */
export interface NumberRange {
  readonly least: number;
  readonly most: number;
  readonly whole: boolean;
}

/** Reads the number of an option; throws UsageError with what is accepted. */
export function readNumber(option: string, text: string | undefined, range: NumberRange): number {
  const { least, most, whole } = range;
  const value = text === undefined || text.trim() === '' ? Number.NaN : Number(text);
  if (value >= least && value <= most && (!whole || Number.isInteger(value))) return value;
  const accepted = `a ${whole ? 'whole ' : ''}number from ${least} to ${most}`;
  throw new UsageError(`${option} "${text ?? ''}": accepted is ${accepted}`);
}

/** Ends the process once all is written; what was left open does not hold it up. */
function end(code: number): void {
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
}

/** Runs a command to its exit code: what `run` resolves to, 1 when it rejects, 2 when `read` throws UsageError. */
export function runCommand<T>(read: () => T, run: (asked: T) => Promise<number>): void {
  let asked: T;
  try {
    asked = read();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(error.message);
    end(2);
    return;
  }
  run(asked).then(end, (error: unknown) => {
    console.error(error);
    end(1);
  });
}
