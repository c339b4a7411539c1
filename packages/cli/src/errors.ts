/** Wrong use of the command line: one line on stderr, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The thing that a command checks is not so: one line on stderr (unless the report says it already), exit code 1. */
export class CheckFailed extends Error {
  override readonly name = 'CheckFailed';
}

/** The exit codes of every command. */
export const EXIT = { done: 0, notSo: 1, wrongUse: 2 } as const;
