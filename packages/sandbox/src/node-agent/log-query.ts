import type { LogLine } from './log-file.js';

/** What of a log is wanted, as in PodLogOptions. */
export interface LogQuery {
  readonly follow: boolean;
  readonly previous: boolean;
  readonly timestamps: boolean;
  readonly tailLines?: number;
  /** Only lines from this moment on (ms since the epoch). */
  readonly sinceMs?: number;
  readonly limitBytes?: number;
}

/** Reads the query of a log request; throws with the parameter's name and what is accepted. */
export function parseLogQuery(query: URLSearchParams, nowMs: number): LogQuery {
  const flag = (name: string): boolean => {
    const value = query.get(name);
    if (value === null || value === 'false' || value === '0') return false;
    if (value === '' || value === 'true' || value === '1') return true;
    throw new Error(`${name} "${value}": accepted are true and false`);
  };
  const count = (name: string, least: number): number | undefined => {
    const value = query.get(name);
    if (value === null || value === '') return undefined;
    if (/^\d{1,15}$/.test(value) && Number(value) >= least) return Number(value);
    throw new Error(`${name} "${value}": accepted is a whole number from ${least} on`);
  };
  const seconds = count('sinceSeconds', 1);
  const time = query.get('sinceTime');
  if (seconds !== undefined && time)
    throw new Error('sinceSeconds and sinceTime: accepted is one of the two');
  const sinceMs = time ? Date.parse(time) : seconds === undefined ? undefined : nowMs - seconds * 1000;
  if (Number.isNaN(sinceMs)) throw new Error(`sinceTime "${time}": accepted is RFC 3339`);
  const tailLines = count('tailLines', 0);
  const limitBytes = count('limitBytes', 1);
  return {
    follow: flag('follow'),
    previous: flag('previous'),
    timestamps: flag('timestamps'),
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(sinceMs === undefined ? {} : { sinceMs }),
    ...(limitBytes === undefined ? {} : { limitBytes }),
  };
}

/** The lines that a query starts with. */
export function selectLines(
  lines: readonly LogLine[],
  { sinceMs, tailLines }: Pick<LogQuery, 'sinceMs' | 'tailLines'>,
): readonly LogLine[] {
  const recent = sinceMs === undefined ? lines : lines.filter(({ time }) => Date.parse(time) >= sinceMs);
  if (tailLines === undefined) return recent;
  return tailLines === 0 ? [] : recent.slice(-tailLines);
}

/** A line as it goes to the reader, one character per byte. A piece of an over-long line gets no line end. */
export const formatLine = ({ time, text, whole }: LogLine, timestamps: boolean): string =>
  `${timestamps ? `${time} ` : ''}${text}${whole ? '\n' : ''}`;
