/** An input that was not met as it should be. */
export interface Finding {
  /** The error with its stack, or what the watchdog saw. */
  readonly problem: string;
  /** The input on one line, as the target's form writes it. */
  readonly input: string;
}

/** How far a run has come. */
export interface Progress {
  readonly checks: number;
  /** Inputs that are kept because each reached something new. */
  readonly corpus: number;
  /** Blocks of code that were reached, told apart by how often. */
  readonly blocks: number;
}

/** The text of anything that was thrown. */
export function describeProblem(error: unknown): string {
  return error instanceof Error
    ? (error.stack ?? `${error.name}: ${error.message}`)
    : `thrown: ${String(error)}`;
}

/** Equal for errors that most likely have one cause: their kind, their words without values, and where they came from. */
export function kindOfProblem(error: unknown): string {
  const [first = '', ...frames] = describeProblem(error).split('\n    at ');
  const words = first.replace(/"(?:[^"\\]|\\.)*"/g, '""').replace(/\d+/g, '0');
  const frame = frames.find((line) => line.includes('/packages/')) ?? frames[0] ?? '';
  return `${words.slice(0, 80)} ${/[^/]+:\d+:\d+/.exec(frame)?.[0] ?? ''}`;
}
