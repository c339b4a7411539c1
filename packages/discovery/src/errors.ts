import { oneLine } from './one-line.js';

/** docs/errors.md has a row per code: what it means and what to do. */
export type DiscoveryErrorCode =
  /** The target string does not follow the grammar. */
  | 'TARGET_INVALID'
  /** An option has a value that is not accepted. */
  | 'OPTION_INVALID'
  /** No credentials were found, or a kubeconfig or one of its files cannot be used. */
  | 'ACCESS_INVALID'
  /** The API server cannot be reached, resets, times out or does not speak HTTP. */
  | 'UNREACHABLE'
  /** 401: the credentials were refused. */
  | 'UNAUTHORIZED'
  /** 403: RBAC does not allow it. */
  | 'FORBIDDEN'
  /** Any other answer of the API server that is not 2xx. */
  | 'API_ERROR'
  /** The bytes are not what the Kubernetes API promises. */
  | 'PROTOCOL'
  /** An exec credential plugin failed. */
  | 'EXEC_PLUGIN'
  /** DNS servers fail, do not answer, or say what cannot be true. */
  | 'DNS'
  /** DNS says that the name, or its addresses, are not there; the last endpoints are kept for a while. */
  | 'DNS_ABSENT'
  /** A file of endpoints cannot be read or does not follow its format. */
  | 'FILE_INVALID'
  /** A watch or source was used after close(). */
  | 'CLOSED';

/** A message may name a path, a target and what a server said; whatever is longer helps nobody. */
const MOST_CHARS = 2_000;
const BRAND = Symbol.for('@fairlead/discovery.DiscoveryError');

/**
 * The one error class of discovery; its message is one line, whatever a file or a server put into it. `instanceof`
 * also holds across duplicate installs.
 */
export class DiscoveryError extends Error {
  override readonly name = 'DiscoveryError';
  readonly code: DiscoveryErrorCode;

  constructor(code: DiscoveryErrorCode, message: string, options?: ErrorOptions) {
    super(oneLine(message, MOST_CHARS), options);
    this.code = code;
    Object.defineProperty(this, BRAND, { value: true });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}
