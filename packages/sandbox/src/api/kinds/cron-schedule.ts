import { Cron } from 'croner';

/** What Kubernetes' parser takes; croner knows more (seconds, `L`, `W`, `#`). */
const FIELD = /^(\*|\?|[\dA-Z]+(-[\dA-Z]+)?)(\/\d+)?(,(\*|\?|[\dA-Z]+(-[\dA-Z]+)?)(\/\d+)?)*$/i;
const NAMES = /^(JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC|SUN|MON|TUE|WED|THU|FRI|SAT)$/i;
const MACROS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};
const FIELDS = 5;

/** The times of a cron expression. */
export interface Schedule {
  /** The first time after that moment (epoch ms); undefined when there is none. */
  next(afterMs: number): number | undefined;
}

/** Reads five fields or a macro such as `@daily`; throws an Error that names what is wrong. */
export function parseSchedule(text: string, timeZone = 'UTC'): Schedule {
  const pattern = text.startsWith('@') ? MACROS[text] : text.trim();
  if (pattern === undefined) throw new Error(`unrecognized descriptor: ${text}`);
  const fields = pattern.split(/\s+/);
  if (fields.length !== FIELDS) {
    throw new Error(`expected exactly ${FIELDS} fields, found ${fields.length}: [${fields.join(' ')}]`);
  }
  for (const field of fields) {
    const words = field.match(/[A-Z]+/gi) ?? [];
    if (FIELD.test(field) && words.every((word) => NAMES.test(word))) continue;
    throw new Error(`failed to parse field ${JSON.stringify(field)}`);
  }
  const cron = new Cron(pattern.replaceAll('?', '*'), { timezone: timeZone, paused: true });
  return { next: (afterMs) => cron.nextRun(new Date(afterMs))?.getTime() };
}

/** Whether the machine knows a time zone by that name. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
