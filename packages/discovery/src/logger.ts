/** Values beside a constant message. Never holds a token or a certificate key. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Where a library says what happens; constant messages, the variable part in `fields`. */
export interface Logger {
  debug(msg: string, fields?: LogFields): void;
  info(msg: string, fields?: LogFields): void;
  warn(msg: string, fields?: LogFields): void;
  error(msg: string, fields?: LogFields): void;
}

const nothing = (): void => {};

/** Discards everything. */
export const silentLogger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
