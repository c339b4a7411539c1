import type { LogFields, Logger } from '@fairlead/discovery';
import { oneLine } from '../errors.js';

/** Where lines go. */
export interface LineSink {
  write(line: string): unknown;
}

function show(value: unknown): string {
  if (typeof value === 'string') return /^[\w.:/@-]+$/.test(value) ? value : JSON.stringify(value);
  return JSON.stringify(value) ?? String(value);
}

function line(level: string, msg: string, fields: LogFields = {}): string {
  const more = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}=${show(value)}`);
  return `${level} ${oneLine(msg)}${more.join('')}\n`;
}

/** A logger for a program that runs in the foreground: a line each, what is below `info` left out. */
export function lineLogger(sink: LineSink): Logger {
  const write =
    (level: string) =>
    (msg: string, fields?: LogFields): void =>
      void sink.write(line(level, msg, fields));
  return { debug: () => {}, info: write('info'), warn: write('warn'), error: write('error') };
}
