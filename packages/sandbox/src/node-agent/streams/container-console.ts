import type { Writable } from 'node:stream';
import type { Container } from '../pod.js';
import type { GroupProcess, ProcessSpec } from '../process.js';
import { onTerminal, type TerminalSize, terminalResizer } from './terminal.js';

/** Takes what a container writes. */
export type OutputListener = (stream: 'stdout' | 'stderr', chunk: Buffer) => void;

/** The command of a container with the input and the terminal that its spec asks for. */
export function withConsole(spec: ProcessSpec, { stdin, tty }: Container): ProcessSpec {
  if (tty) return onTerminal(spec);
  return stdin ? { ...spec, stdio: ['pipe', 'pipe', 'pipe'] } : spec;
}

/** What clients can attach to: output, input and terminal of one run of a container. */
export class ContainerConsole {
  readonly #spec: ProcessSpec;
  readonly #container: Container;
  readonly #process: () => GroupProcess;
  readonly #listeners = new Set<OutputListener>();
  #resizer: ((size: TerminalSize) => void) | undefined;

  constructor(spec: ProcessSpec, container: Container, process: () => GroupProcess) {
    this.#spec = spec;
    this.#container = container;
    this.#process = process;
  }

  /** The container has written something. */
  wrote(stream: 'stdout' | 'stderr', chunk: Buffer): void {
    for (const listener of this.#listeners) listener(stream, chunk);
  }

  /** Calls `listener` with what is written from now on; returns the function that ends it. */
  listen(listener: OutputListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Absent when the container's spec has no `stdin`. */
  get stdin(): Writable | undefined {
    return this.#container.stdin
      ? ((this.#process().pipes[0] ?? undefined) as Writable | undefined)
      : undefined;
  }

  /** Whether the input ends with the first client that was attached to it. */
  get stdinOnce(): boolean {
    return this.#container.stdinOnce ?? false;
  }

  /** Gives the terminal a size; nothing without a terminal. */
  resize(size: TerminalSize): void {
    if (!this.#container.tty) return;
    this.#resizer ??= terminalResizer(this.#process(), this.#spec);
    this.#resizer(size);
  }

  /** Resolves when the process has ended and its output is complete. */
  get closed(): Promise<void> {
    const { exited, closed } = this.#process();
    return exited.then(() => closed);
  }
}
