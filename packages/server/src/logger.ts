/** Values beside a constant message. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Where the server kit says what happens; constant messages, the variable part in `fields`. */
export interface Logger {
  debug(msg: string, fields?: LogFields): void;
  info(msg: string, fields?: LogFields): void;
  warn(msg: string, fields?: LogFields): void;
  error(msg: string, fields?: LogFields): void;
}

function write(level: string, msg: string, fields: LogFields = {}): void {
  const shown = Object.entries(fields).map(([name, value]) => ` ${name}=${text(value)}`);
  process.stderr.write(`fairlead ${level}: ${msg}${shown.join('')}\n`);
}

function text(value: unknown): string {
  if (value instanceof Error) return JSON.stringify(value.message);
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
}

/** One line per message on stderr, without debug. */
export const stderrLogger: Logger = {
  debug() {},
  info: (msg, fields) => write('info', msg, fields),
  warn: (msg, fields) => write('warn', msg, fields),
  error: (msg, fields) => write('error', msg, fields),
};
