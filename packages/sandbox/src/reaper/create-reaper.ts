import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { programPath } from '../../program-path.cjs';
import { reap } from './reap.js';
import { forgetGroup, recordGroup, recordReaper } from './run-dir.js';

/** Options of `createReaper`. */
interface ReaperOptions {
  /** From `createRunDir()`. */
  readonly runDir: string;
  /** Told when the reaper was killed and another one is started. */
  readonly onRestart?: () => void;
}

/** The process that ends everything of a sandbox when the sandbox ends, however it ends. */
export interface Reaper {
  /** Pid of the process that waits now. */
  readonly pid: number | undefined;
  /** Notes a process group, synchronously, under the pid of its first process. */
  add(pid: number): void;
  remove(pid: number): void;
  /** Lets the reaper do its work now; resolves when no process and no run directory is left. Idempotent. */
  close(): Promise<void>;
}

const MAIN = programPath('reaper/main.js');
/** Between the death of a reaper and its successor (ms): a machine that kills them all must not be kept busy. */
const RESTART_MS = 100;

/** Starts the reaper of a run directory, and another one whenever it dies. */
export function createReaper(options: ReaperOptions): Reaper {
  return new ReaperProcess(options);
}

class ReaperProcess implements Reaper {
  readonly #options: ReaperOptions;
  #child: ChildProcess;
  #exited: Promise<void>;
  #restart: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: ReaperOptions) {
    this.#options = options;
    this.#child = this.#spawn();
    this.#exited = this.#watch(this.#child);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  add(pid: number): void {
    recordGroup(this.#options.runDir, pid);
  }

  remove(pid: number): void {
    forgetGroup(this.#options.runDir, pid);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#restart !== undefined) {
      clearTimeout(this.#restart);
      this.#child = this.#spawn();
      this.#exited = this.#watch(this.#child);
    }
    this.#child.stdin?.end();
    await this.#exited;
    // It may have been killed at the same moment.
    if (existsSync(this.#options.runDir)) await reap(this.#options.runDir);
  }

  #spawn(): ChildProcess {
    const child = spawn(process.execPath, [MAIN, this.#options.runDir], {
      // A session of its own: Ctrl-C and the end of the terminal do not reach it.
      detached: true,
      cwd: '/',
      env: {},
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    child.stdin?.on('error', () => {});
    if (child.pid !== undefined) recordReaper(this.#options.runDir, child.pid);
    return child;
  }

  #watch(child: ChildProcess): Promise<void> {
    return new Promise((resolve) => {
      const over = (): void => {
        resolve();
        if (this.#closing) return;
        this.#options.onRestart?.();
        this.#restart = setTimeout(() => {
          this.#restart = undefined;
          this.#child = this.#spawn();
          this.#exited = this.#watch(this.#child);
        }, RESTART_MS);
      };
      child.once('exit', over);
      child.once('error', over);
    });
  }
}
