import { setTimeout as sleep } from 'node:timers/promises';

/** What a process has in memory. */
export interface Memory {
  /** Objects of JavaScript and what they hold outside of its heap. */
  readonly heapBytes: number;
  readonly rssBytes: number;
}

/** What the work before leaves behind is freed by then (ms). */
const QUIET_MS = 300;

/** What this process keeps in memory when it has come to rest; it needs `--expose-gc`. */
export async function readMemory(): Promise<Memory> {
  await sleep(QUIET_MS);
  if (globalThis.gc === undefined) throw new Error('node was started without --expose-gc');
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heapBytes: heapUsed + external, rssBytes: rss };
}

/** Options of Node for a process whose memory is read. */
export const MEMORY_ARGUMENTS: readonly string[] = [
  '--expose-gc',
  // Room for young objects grows as the engine thinks fit, which would be counted.
  '--max-semi-space-size=1',
];

/** What is freed goes back, and each thread has no room of its own. */
export const MEMORY_ENVIRONMENT: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_TRIM_THRESHOLD_: '65536',
};
