import { readdirSync, readFileSync } from 'node:fs';

const NS_PER_US = 1_000;

/** Processor time (ns) in a thread's `schedstat`: the first of its three numbers. */
export function cpuNsOf(schedstat: string): number {
  const [, spent] = /^(\d+) \d+ \d+/.exec(schedstat) ?? [];
  if (spent === undefined) throw new Error(`schedstat "${schedstat.trim()}": accepted are three numbers`);
  return Number(spent);
}

/** Resident bytes in a process's `status`. */
export function residentBytesOf(status: string): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? [];
  if (kilobytes === undefined) throw new Error('status has no VmRSS');
  return Number(kilobytes) * 1024;
}

/**
 * Processor time of a process so far, user and system (µs): the sum of its threads, because the kernel tells that of a
 * process in hundredths of a second only. Threads that ended are not in it; neither Go nor Node.js ends threads.
 */
export function cpuMicrosecondsOf(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const ns = threads.map((id) => cpuNsOf(readFileSync(`/proc/${pid}/task/${id}/schedstat`, 'utf8')));
  return ns.reduce((sum, each) => sum + each, 0) / NS_PER_US;
}

/** Memory of a process that is in RAM (bytes). */
export function residentBytes(pid: number): number {
  return residentBytesOf(readFileSync(`/proc/${pid}/status`, 'utf8'));
}
