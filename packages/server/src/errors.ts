/** docs/errors.md has a row per code: what it means and what to do. */
export type ServerErrorCode =
  /** An option or argument cannot be used; the message says what is accepted. */
  | 'OPTION_INVALID'
  /** The lifecycle is draining or closed. */
  | 'CLOSED'
  /** The bytes are not a message of grpc.health.v1. */
  | 'WIRE_INVALID'
  /** The probe server cannot listen; `cause` is the error of Node. */
  | 'LISTEN_FAILED';

const BRAND = Symbol.for('@fairlead/server.ServerError');

/** The one error class of the server kit. `instanceof` also holds across duplicate installs. */
export class ServerError extends Error {
  override readonly name = 'ServerError';
  readonly code: ServerErrorCode;

  constructor(code: ServerErrorCode, message: string, options?: ErrorOptions) {
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
export function refused(option: string, value: unknown, accepted: string): ServerError {
  return new ServerError('OPTION_INVALID', `${option}: ${show(value)} is not accepted: ${accepted}`);
}
