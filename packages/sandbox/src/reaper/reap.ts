import { rm } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { lives, sendSignal, variableOfProcesses } from './proc.js';
import { defaultBaseDir, ownerLives, reaperLives, recordedGroups, runDirs } from './run-dir.js';

/** From SIGTERM to SIGKILL (ms): the owner is gone, nobody waits for a graceful end. */
const GRACE_MS = 2000;
const POLL_MS = 20;
/** How long a living reaper may take with a directory before another start helps it (ms). */
const REAPER_MS = 5000;

/**
 * Ends every process of a run directory (SIGTERM, after 2 s SIGKILL) and deletes it. Two nets: the groups that are
 * noted, told from later processes of the same pid by their start time, and processes whose environment names a
 * `$POD_ROOT` inside the directory, which also finds those that left their group or were started a moment ago.
 */
export async function reap(runDir: string, graceMs = GRACE_MS): Promise<void> {
  const deadlineMs = Date.now() + graceMs;
  for (let turn = 0; ; turn++) {
    const late = Date.now() >= deadlineMs;
    const left = signalAll(runDir, late ? 'SIGKILL' : turn === 0 ? 'SIGTERM' : 0);
    if (left === 0 || (late && Date.now() >= deadlineMs + graceMs)) break;
    await wait(POLL_MS);
  }
  await rm(runDir, { recursive: true, force: true, maxRetries: 3 });
}

/** Returns how many groups and processes were still there. */
function signalAll(runDir: string, signal: NodeJS.Signals | 0): number {
  const groups = recordedGroups(runDir).filter(({ pid, start }) => lives(pid, start));
  const marked = variableOfProcesses('POD_ROOT').filter(({ value }) => value.startsWith(`${runDir}/`));
  if (signal !== 0) {
    // Members of a group get it twice; to a server of ours that means: do not wait, which is right here.
    for (const { pid } of groups) sendSignal(-pid, signal);
    for (const { pid } of marked) sendSignal(pid, signal);
  }
  return groups.length + marked.length;
}

/**
 * Finishes what sandboxes left whose process and reaper were both killed. Returns the directories that it cleaned.
 * Those whose owner lives are not touched; those whose reaper is at work get 5 s.
 */
export async function reapLeftovers(baseDir = defaultBaseDir()): Promise<string[]> {
  const dead = runDirs(baseDir).filter((runDir) => !ownerLives(runDir));
  const deadlineMs = Date.now() + REAPER_MS;
  while (dead.some(reaperLives) && Date.now() < deadlineMs) await wait(POLL_MS);
  await Promise.all(dead.map((runDir) => reap(runDir)));
  return dead;
}
