import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import { createCpuLimit } from './cpu-limit.js';

/** How busy the process is, as parts of what it may use. */
export interface Busyness {
  /** CPU time used ÷ CPU time that its limit allows. */
  readonly cpu: number;
  /** Part of the time in which the event loop was at work, 0 to 1: the one that a Node.js server runs out of first. */
  readonly eventLoop: number;
}

/** Asked more often it answers with what it found last: each look reads files. */
const LOOK_MS = 500;

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Measures this process between one look and the next. */
export function createMachineMeter(now: () => number): () => Busyness {
  let atMs = now();
  let cpu = process.cpuUsage();
  let loop: EventLoopUtilization = performance.eventLoopUtilization();
  let limit: (() => number) | undefined;
  let last: Busyness = { cpu: 0, eventLoop: 0 };
  return () => {
    const elapsedMs = now() - atMs;
    if (elapsedMs >= 0 && elapsedMs < LOOK_MS) return last;
    const used = process.cpuUsage(cpu);
    const loopNow = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(loopNow, loop);
    if (elapsedMs > 0) {
      const cpuMs = (used.user + used.system) / 1000;
      limit ??= createCpuLimit(readText, availableParallelism());
      const allowedMs = elapsedMs * limit();
      last = { cpu: cpuMs / allowedMs, eventLoop: utilization };
    }
    atMs += elapsedMs;
    cpu = process.cpuUsage();
    loop = loopNow;
    return last;
  };
}
