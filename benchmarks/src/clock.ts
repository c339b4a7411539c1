import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '#commands/wait.js';

/** CPU time of this process (µs): what it costs, however busy others keep the machine. Garbage collection is in it. */
export function cpuMicroseconds(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** Long enough for a server to finish what a change left behind, and for the loop to sleep (ms). */
const QUIET_MS = 8;

/** Waits until nothing is under way, so that a measurement begins from rest. */
export async function quiet(): Promise<void> {
  await sleep(QUIET_MS);
}

/** Waits for a condition; rejects with `what` after `timeoutMs`. */
export async function until(what: string, condition: () => boolean, timeoutMs = 30_000): Promise<void> {
  const endsAtMs = monotonicMs() + timeoutMs;
  while (!condition()) {
    if (monotonicMs() > endsAtMs) throw new Error(`waited ${timeoutMs / 1000} s for ${what}`);
    await sleep(2);
  }
}
