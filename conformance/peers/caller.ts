import { readFileSync } from 'node:fs';
import type { Call } from './figures.js';
import { type Command, startProgram } from './program.js';

/** A client process that calls at a steady rate until it is closed. */
export interface Caller {
  /** What it is made of, by name: its own first word. */
  readonly versions: Readonly<Record<string, string>>;
  /** What the process has taken so far, and holds now. */
  cost(): Cost;
  /** The calls that ended since the last `take`. */
  take(): Call[];
  /** Rejects when the process ended by itself meanwhile, with what it said last. */
  close(): Promise<void>;
}

/** What a process costs. */
export interface Cost {
  readonly cpuMs: number;
  readonly residentBytes: number;
}

/** One line of what a client says. */
interface Line {
  readonly versions?: Readonly<Record<string, string>>;
  /** Started and ended (epoch ms), status code, pod. */
  readonly calls?: readonly (readonly [number, number, number, string])[];
}

/** Linux counts processor time for programs in hundredths of a second. */
const TICK_MS = 10;

/** Reads what Linux knows of a process. */
function costOf(pid: number): Cost {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const resident = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return {
    // Fields 14 and 15 of the line, user and system time; the cut took two.
    cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS,
    residentBytes: Number(resident) * 1024,
  };
}

/** Starts a client; rejects with its words when it cannot start. */
export async function startCaller(command: Command): Promise<Caller> {
  const program = await startProgram(command);
  const { versions = {} } = JSON.parse(program.first) as Line;
  let calls: Call[] = [];
  program.onLine((text) => {
    for (const [startMs, endMs, code, pod] of (JSON.parse(text) as Line).calls ?? [])
      calls.push({ startMs, endMs, code, pod });
  });
  return {
    versions,
    cost: () => costOf(program.pid),
    take() {
      const taken = calls;
      calls = [];
      return taken;
    },
    close: () => program.close(),
  };
}
