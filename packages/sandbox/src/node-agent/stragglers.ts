import { setTimeout as wait } from 'node:timers/promises';
import { sendSignal, variableOfProcesses } from '../reaper/proc.js';

/** Between two looks over all processes (ms): a rollout ends many containers at once, and each look costs some ms. */
const PAUSE_MS = 100;
/** Looks for one container: a process that forks while it is looked for is found by the next one. */
const ROUNDS = 3;

/**
 * Ends the processes that outlive their container because they left its process group (`setsid`, a double fork). As
 * in a container, nothing survives the first process. They are known by their environment, which names the `$POD_ROOT`
 * of the container.
 */
export class Stragglers {
  #roots = new Set<string>();
  #next: Promise<void> | undefined;
  #lastMs = 0;

  /** Resolves when no process of that `$POD_ROOT` is left. */
  end(podRoot: string): Promise<void> {
    this.#roots.add(podRoot);
    this.#next ??= this.#look();
    return this.#next;
  }

  async #look(): Promise<void> {
    await wait(Math.max(0, this.#lastMs + PAUSE_MS - Date.now()));
    const roots = this.#roots;
    this.#roots = new Set();
    this.#next = undefined;
    for (let round = 0; round < ROUNDS; round++) {
      const found = variableOfProcesses('POD_ROOT').filter(({ value }) => roots.has(value));
      for (const { pid } of found) sendSignal(pid, 'SIGKILL');
      if (found.length === 0) break;
    }
    this.#lastMs = Date.now();
  }
}
