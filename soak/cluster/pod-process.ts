import { readdirSync, readFileSync } from 'node:fs';

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
