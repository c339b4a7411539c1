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

/** The error for an option that is not accepted, in the one form that all of them have. */
export function refused(option: string, value: unknown, accepted: string): ControlPlaneError {
  const shown = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return new ControlPlaneError('OPTION_INVALID', `${option}: ${shown} is not accepted: ${accepted}`);
}
