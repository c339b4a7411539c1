/** docs/errors.md has a row per code: what it means and what to do. */
export type ClientErrorCode =
  /** An option of register(), of a channel or of channelOptions(), or a handler of onImbalance(), is not accepted. */
  | 'OPTION_INVALID'
  /** register() was called before with other options. */
  | 'OPTION_DIFFERS'
  /** The copy of grpc-js lacks what the plug-in needs. */
  | 'GRPC_UNFIT'
  /** The service config of a channel names no policy that can run, or its `fairlead` part does not parse. */
  | 'SERVICE_CONFIG_INVALID';

/** What would break the line of a message: names of options and texts of others may hold it. */
const CONTROLS = /[\p{Cc}\u2028\u2029]+/gu;
/** Longer messages are cut. */
const MOST_CHARS = 2_000;
const BRAND = Symbol.for('@fairlead/client.ClientError');

/** The one error class of the client; its message is one line. `instanceof` also holds across duplicate installs. */
export class ClientError extends Error {
  override readonly name = 'ClientError';
  readonly code: ClientErrorCode;

  constructor(code: ClientErrorCode, message: string, options?: ErrorOptions) {
    super(message.slice(0, MOST_CHARS).replace(CONTROLS, ' '), options);
    this.code = code;
    Object.defineProperty(this, BRAND, { value: true });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
