import { readdirSync, readFileSync } from 'node:fs';

/** A process of this machine, as far as its use of it goes. */
export interface ProcessSample {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** CPU time of the process and of its children that it has waited for (ms), user and system. */
  readonly cpuMs: number;
}

/** The kernel shows times in units of USER_HZ, which is 100 per second on every architecture of Node. */
const TICK_MS = 10;

/**
 * Reads one line of `/proc/PID/stat`; undefined when it is not one. The name in parentheses may hold blanks and
 * parentheses itself, so the fields are counted from the last one.
 */
export function parseProcess(line: string): ProcessSample | undefined {
  const end = line.lastIndexOf(')');
  const fields = line.slice(end + 2).split(' ');
  const pid = Number.parseInt(line, 10);
  const [parent, group] = [Number(fields[1]), Number(fields[2])];
  // utime, stime, cutime, cstime are fields 14 to 17 of proc(5); the state, field 3, is the first one here.
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  if (end < 0 || fields.length < 15 || [pid, parent, group, ticks].some(Number.isNaN)) return undefined;
  return { pid, parent, group, cpuMs: ticks * TICK_MS };
}

/** Every process of this machine; one that ends meanwhile is left out. */
export function readProcessTable(): ProcessSample[] {
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      return parseProcess(readFileSync(`/proc/${entry}/stat`, 'latin1')) ?? [];
    } catch {
      return [];
    }
  });
}

/** Resident memory of a process (bytes); 0 when it has ended. Pages that processes share count for each of them. */
export function residentBytes(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** The processes of a container: its process group, and everything that descends from its first process. */
export function processesOf(table: readonly ProcessSample[], first: number): readonly ProcessSample[] {
  const children = new Map<number, ProcessSample[]>();
  for (const process of table) {
    const siblings = children.get(process.parent);
    if (siblings) siblings.push(process);
    else children.set(process.parent, [process]);
  }
  const found = new Map(table.filter(({ pid, group }) => pid === first || group === first).map(entry));
  const open = [...found.values()];
  for (let process = open.pop(); process; process = open.pop()) {
    for (const child of children.get(process.pid) ?? []) {
      if (found.has(child.pid)) continue;
      found.set(child.pid, child);
      open.push(child);
    }
  }
  return [...found.values()];
}

function entry(process: ProcessSample): [pid: number, process: ProcessSample] {
  return [process.pid, process];
}
