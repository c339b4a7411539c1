import { readdirSync, readFileSync } from 'node:fs';
import { waitFor } from '#commands/wait.js';

const END_MS = 30_000;

/** Process ids whose environment says that they are this pod; a pod is a local process here. */
function pidsOf(pod: string): number[] {
  const sign = `HOSTNAME=${pod}\0`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(sign);
      } catch {
        // It ended meanwhile, or belongs to somebody else.
        return false;
      }
    })
    .map(Number);
}

/** Whether the kernel has let go of all that a process had open: it has no thread left but a zombie. */
function hasEnded(pid: number): boolean {
  try {
    const [thread, ...others] = readdirSync(`/proc/${pid}/task`);
    if (others.length > 0) return false;
    // The state comes after the name, which is in brackets and may hold anything.
    return /\) [ZX] [^)]*$/.test(readFileSync(`/proc/${pid}/task/${thread}/stat`, 'latin1'));
  } catch {
    return true;
  }
}

/**
 * The end of the processes that a pod has now: resolves when all of them have ended. A process that was killed keeps its
 * connections until it gets its turn to end, which on a busy machine may take a second.
 */
export function endOf(pod: string): () => Promise<void> {
  const pids = pidsOf(pod);
  return () => waitFor(`${pod} has ended`, () => pids.every(hasEnded), { timeoutMs: END_MS });
}

/** Stops the processes of a pod as a black hole would: the kernel still takes what is sent, nobody answers. */
export function freeze(pod: string): () => void {
  const pids = pidsOf(pod);
  const signal = (name: NodeJS.Signals): void => {
    for (const pid of pids) {
      try {
        process.kill(pid, name);
      } catch {
        // It was killed meanwhile, which works on a stopped process too.
      }
    }
  };
  signal('SIGSTOP');
  return () => signal('SIGCONT');
}
