import { readdirSync, readFileSync } from 'node:fs';

/** A process as `/proc/PID/stat` shows it. */
interface ProcStat {
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

/** Sends a signal to a process, or to the group of a negative pid. One that is gone, or is nobody's to end but root's, is fine. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}

/** Value of an environment variable of every process of this user that has it, as it was at the process's start. */
export function variableOfProcesses(name: string): { pid: number; value: string }[] {
  const mark = Buffer.from(`\0${name}=`);
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      const environment = Buffer.concat([Buffer.alloc(1), readFileSync(`/proc/${entry}/environ`)]);
      const at = environment.indexOf(mark);
      if (at < 0 || !readStat(Number(entry))) return [];
      const start = at + mark.length;
      const end = environment.indexOf(0, start);
      const value = environment.toString('utf8', start, end < 0 ? environment.length : end);
      return [{ pid: Number(entry), value }];
    } catch {
      return [];
    }
  });
}
