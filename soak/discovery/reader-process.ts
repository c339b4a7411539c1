import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Ask, Figures, ReaderName } from './messages.js';

/** A reader as the part sees it. */
export class ReaderProcess {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve(figures: Figures): void; reject(error: Error): void }>();
  #asks = 0;

  constructor(name: ReaderName, kubeconfig: string) {
    const program = fileURLToPath(new URL('./reader.js', import.meta.url));
    this.#child = fork(program, [name, kubeconfig], { execArgv: ['--expose-gc'] });
    this.#child.on('message', (figures: Figures) => {
      this.#waiting.get(figures.id)?.resolve(figures);
      this.#waiting.delete(figures.id);
    });
    this.#child.once('exit', (code, signal) => {
      const error = new Error(`the reader ${name} ended with ${signal ?? `exit code ${code}`}`);
      for (const { reject } of this.#waiting.values()) reject(error);
    });
  }

  ask(more: Omit<Ask, 'id'> = {}): Promise<Figures> {
    const id = ++this.#asks;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#child.send({ id, ...more } satisfies Ask, (error) => error && reject(error));
    });
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }
}
