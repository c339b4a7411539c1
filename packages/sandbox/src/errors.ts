/** Why a sandbox does not start, or a test of one does not go on. */
export type SandboxErrorCode =
  /** The API server's port is taken on its address. */
  | 'PORT_TAKEN'
  /** The kubeconfig cannot be written where it was asked for. */
  | 'KUBECONFIG_UNWRITABLE'
  /** Every address range is claimed, or this machine has none. */
  | 'NO_ADDRESS_RANGE'
  /** `@fairlead/sandbox/testing` was given a value that it does not take. */
  | 'OPTION_INVALID'
  /** What a test waited for did not come in time. */
  | 'TIMED_OUT'
  /** Pods must be isolated, and this machine does not allow it. */
  | 'ISOLATION_UNAVAILABLE';

/** A sandbox that cannot start, or do what a test asks: one line that says what is wrong and what is accepted. */
export class SandboxError extends Error {
  override readonly name = 'SandboxError';
  readonly code: SandboxErrorCode;

  constructor(code: SandboxErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What would break the line of a message: names and values of a manifest may hold it. */
const CONTROLS = /[\p{Cc}\u2028\u2029]+/gu;
/** Longer messages are cut. */
const MOST_CHARS = 4_000;

/** A manifest that cannot be used, or an object of it that the API server refuses: the message says where and why, on one line. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError';
  readonly code = 'MANIFEST_INVALID';

  constructor(message: string, options?: ErrorOptions) {
    super(message.slice(0, MOST_CHARS).replace(CONTROLS, ' '), options);
  }
}
