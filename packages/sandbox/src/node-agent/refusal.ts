/**
 * Whether an error is the API server's answer with one of these HTTP statuses: a `KubeError`, or an error that has
 * one as its cause.
 */
export function isKubeStatus(error: unknown, ...statuses: readonly number[]): boolean {
  if (typeof error !== 'object' || error === null) return false;
  if ('status' in error && typeof error.status === 'number') return statuses.includes(error.status);
  return 'cause' in error && isKubeStatus(error.cause, ...statuses);
}

/** The message of anything thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
