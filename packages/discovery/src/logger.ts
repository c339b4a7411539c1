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

/** The same logger, but an error that it throws goes nowhere: a broken log must not take the endpoints with it. */
export function guarded(logger: Logger): Logger {
  const guard =
    (level: keyof Logger) =>
    (msg: string, fields?: LogFields): void => {
      try {
        logger[level](msg, fields);
      } catch {
        // There is nowhere left to say it.
      }
    };
  return { debug: guard('debug'), info: guard('info'), warn: guard('warn'), error: guard('error') };
}
