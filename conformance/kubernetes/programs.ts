import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Reaper } from '@fairlead/sandbox/nodes';

/** A program that runs in the background, in a process group of its own that the reaper knows. */
export interface Program {
  readonly name: string;
  /** Resolves when it has ended. */
  readonly exited: Promise<void>;
  readonly running: boolean;
  /** The last lines of its log. */
  tail(): string;
  /** Sends the signal to the group and waits for the end; after 10 s SIGKILL. */
  end(signal?: NodeJS.Signals): Promise<void>;
}

const GRACE_MS = 10_000;
const TAIL_LINES = 5;

/** Starts programs with their output in `runDir/NAME.log`. */
export class Programs {
  readonly #runDir: string;
  readonly #reaper: Reaper;

  constructor(runDir: string, reaper: Reaper) {
    this.#runDir = runDir;
    this.#reaper = reaper;
  }

  start(name: string, argv: readonly string[]): Program {
    const log = join(this.#runDir, `${name}.log`);
    const output = openSync(log, 'a', 0o600);
    const [command = '', ...args] = argv;
    const child = spawn(command, args, { detached: true, stdio: ['ignore', output, output] });
    closeSync(output);
    if (child.pid !== undefined) this.#reaper.add(child.pid);
    return new GroupProgram(name, log, child, () => {
      if (child.pid !== undefined) this.#reaper.remove(child.pid);
    });
  }
}

class GroupProgram implements Program {
  readonly name: string;
  readonly exited: Promise<void>;
  readonly #log: string;
  readonly #child: ChildProcess;

  constructor(name: string, log: string, child: ChildProcess, onExit: () => void) {
    this.name = name;
    this.#log = log;
    this.#child = child;
    const over = Promise.race([once(child, 'exit'), once(child, 'error')]);
    this.exited = over.then(onExit, onExit);
  }

  get running(): boolean {
    const { exitCode, signalCode, pid } = this.#child;
    return pid !== undefined && exitCode === null && signalCode === null;
  }

  tail(): string {
    const lines = readFileSync(this.#log, 'utf8').trimEnd().split('\n');
    return lines.slice(-TAIL_LINES).join('\n');
  }

  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (!this.running) return;
    this.#kill(signal);
    const deadline = setTimeout(() => this.#kill('SIGKILL'), GRACE_MS);
    await this.exited;
    clearTimeout(deadline);
  }

  #kill(signal: NodeJS.Signals): void {
    try {
      if (this.running) process.kill(-this.#child.pid!, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}
