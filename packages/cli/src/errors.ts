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

/** Codes of errors that name what the user gave: targets, kubeconfigs, manifests, service configs, options. */
const WRONG_USE: ReadonlySet<unknown> = new Set([
  'TARGET_INVALID',
  'ACCESS_INVALID',
  'MANIFEST_INVALID',
  'PORT_TAKEN',
  'KUBECONFIG_UNWRITABLE',
  'SERVICE_CONFIG_INVALID',
  'OPTION_INVALID',
]);

/** Whether an error is the user's to mend on the command line. */
export function isWrongUse(error: unknown): boolean {
  return error instanceof UsageError || WRONG_USE.has((error as { code?: unknown } | null)?.code);
}

/** The message of anything that was thrown, on one line. */
export function oneLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().replace(/\s*\n\s*/g, ' ');
}
