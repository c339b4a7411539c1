import { type ProcessSample, processesOf, readProcessTable, residentBytes } from './process-table.js';

/** A run of a container that is to be measured. */
export interface MeasuredContainer {
  readonly namespace: string;
  readonly pod: string;
  readonly name: string;
  /** Its first process. */
  readonly pid: number;
  readonly startedAtMs: number;
}

/** What a container has used. */
export interface ContainerUsage extends MeasuredContainer {
  /** CPU time since its start (ms); never less than before. */
  readonly cpuMs: number;
  /** Resident memory now (bytes). */
  readonly memoryBytes: number;
}

/** What a node and its containers have used, at one moment. */
export interface NodeUsage {
  readonly atMs: number;
  /** CPU time of all containers since the first measurement (ms), those that have ended included. */
  readonly cpuMs: number;
  readonly memoryBytes: number;
  readonly containers: readonly ContainerUsage[];
}

/** Where measurements come from; tests have their own. */
export interface UsageSource {
  table(): readonly ProcessSample[];
  residentBytes(pid: number): number;
}

const machine: UsageSource = { table: readProcessTable, residentBytes };

/**
 * Measures the CPU time and the memory of containers by their processes. A process that leaves its container's process
 * group and parent takes its time with it: the container's never goes back.
 */
export class UsageMeter {
  readonly #source: UsageSource;
  readonly #seen = new Map<number, { startedAtMs: number; cpuMs: number }>();
  #totalMs = 0;

  constructor(source: UsageSource = machine) {
    this.#source = source;
  }

  measure(containers: readonly MeasuredContainer[], nowMs: number): NodeUsage {
    const table = containers.length > 0 ? this.#source.table() : [];
    const measured = containers.map((container) => this.#measureOne(container, table));
    const running = new Set(containers.map(({ pid }) => pid));
    for (const pid of this.#seen.keys()) if (!running.has(pid)) this.#seen.delete(pid);
    return {
      atMs: nowMs,
      cpuMs: this.#totalMs,
      memoryBytes: measured.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0),
      containers: measured,
    };
  }

  #measureOne(container: MeasuredContainer, table: readonly ProcessSample[]): ContainerUsage {
    const { pid, startedAtMs } = container;
    const processes = processesOf(table, pid);
    const known = this.#seen.get(pid);
    const beforeMs = known?.startedAtMs === startedAtMs ? known.cpuMs : 0;
    const cpuMs = Math.max(beforeMs, sum(processes.map((process) => process.cpuMs)));
    this.#seen.set(pid, { startedAtMs, cpuMs });
    this.#totalMs += cpuMs - beforeMs;
    const memoryBytes = sum(processes.map((process) => this.#source.residentBytes(process.pid)));
    return { ...container, cpuMs, memoryBytes };
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
