/**
 * The `code` of a system or TLS error (`ENOENT`, `ECONNRESET`); empty when it has none. Not asked by `instanceof`: in
 * a test runner that gives each file a realm of its own (Jest), errors of Node's modules are of another `Error`.
 */
export function errorCode(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}

/** The message of whatever was thrown. */
export function errorMessage(error: unknown): string {
  const hasMessage = typeof error === 'object' && error !== null && 'message' in error;
  return hasMessage ? String(error.message) : String(error);
}
