/** docs/errors.md has a row per code: what it means and what to do. */
export type ConfigErrorCode =
  /** A key that no version knows, or a value of the wrong type or range. */
  'CONFIG_INVALID';

const BRAND = Symbol.for('@fairlead/balancing.ConfigError');

/** A `fairlead` config that cannot be used. The message is one line: path, value, what is accepted. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code: ConfigErrorCode;
  /** Where in the config, like `fairlead.pick.leastRequest.choiceCount`. */
  readonly path: string;

  constructor(code: ConfigErrorCode, path: string, problem: string) {
    super(`${path}: ${problem}`);
    this.code = code;
    this.path = path;
    Object.defineProperty(this, BRAND, { value: true });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}
