import { readdirSync, readFileSync } from 'node:fs';

/** A process as `/proc/PID/stat` shows it. */
export interface ProcStat {
  readonly pid: number;
  readonly state: string;
  readonly group: number;
  /** Clock ticks since boot at its start: tells it from a later process with the same pid. */
  readonly start: string;
}

/**
 * Reads one line of `/proc/PID/stat`; undefined when it is not one. The name in parentheses may hold blanks and
 * parentheses itself, so the fields are counted from the last one.
 */
export function parseStat(line: string): ProcStat | undefined {
  const end = line.lastIndexOf(')');
  const pid = Number.parseInt(line, 10);
  const fields = line.slice(end + 2).split(' ');
  const [state, , group] = fields;
  const start = fields[19];
  if (end < 0 || Number.isNaN(pid) || !state || !group || !start) return undefined;
  return { pid, state, group: Number(group), start };
}

/** A process that lives, zombies not counted; undefined when there is none of that pid. */
export function readStat(pid: number): ProcStat | undefined {
  try {
    const stat = parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    return stat?.state === 'Z' || stat?.state === 'X' ? undefined : stat;
  } catch {
    return undefined;
  }
}

/** Whether the process that was started as `pid` at `start` still lives. */
export const lives = (pid: number, start: string): boolean => readStat(pid)?.start === start;

/** Pids of this user's processes that have a variable which begins so: `NAME=VALU`. */
export function pidsWithVariable(prefix: string): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const environment = readFileSync(`/proc/${name}/environ`);
      const found = `\0${environment.toString()}`.includes(`\0${prefix}`);
      return found && readStat(Number(name)) ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}
