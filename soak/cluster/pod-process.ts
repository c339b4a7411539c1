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

/**
 * The end of the processes that a pod has now: resolves when the kernel has none of them any more. A process that was
 * killed keeps its connections until it gets its turn to end.
 */
export function endOf(pod: string): () => Promise<void> {
  const pids = new Set(pidsOf(pod));
  const gone = (): boolean => !pidsOf(pod).some((pid) => pids.has(pid));
  return () => waitFor(`${pod} has ended`, gone, { timeoutMs: END_MS });
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
