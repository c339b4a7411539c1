/** docs/errors.md has a row per code: what it means and what to do. */
export type ControlPlaneErrorCode =
  /** An option cannot be used; the message says what is accepted. */
  | 'OPTION_INVALID'
  /** The address cannot be listened on. */
  | 'LISTEN_FAILED'
  /** The files of a certificate cannot be read, or are not of one pair. */
  | 'TLS_INVALID'
  /** The control plane was used after close(). */
  | 'CLOSED';

const BRAND = Symbol.for('@fairlead/control-plane.ControlPlaneError');

/** The one error class of the control plane. `instanceof` also holds across duplicate installs. */
export class ControlPlaneError extends Error {
  override readonly name = 'ControlPlaneError';
  readonly code: ControlPlaneErrorCode;

  constructor(code: ControlPlaneErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    Object.defineProperty(this, BRAND, { value: true });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}

/**
 * A value on one line. Not by String() alone: an object may have no text, and that of a function is its code. An object
 * whose own name throws (a getter, a revoked proxy) is one, too.
 */
function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  const isPlain = (typeof value !== 'object' && typeof value !== 'function') || value === null;
  try {
    return isPlain ? String(value) : Object.prototype.toString.call(value);
  } catch {
    return '[object Object]';
  }
}

/** The error for an option that is not accepted, in the one form that all of them have. */
export function refused(option: string, value: unknown, accepted: string): ControlPlaneError {
  return new ControlPlaneError('OPTION_INVALID', `${option}: ${show(value)} is not accepted: ${accepted}`);
}
