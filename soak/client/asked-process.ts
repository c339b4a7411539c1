import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** Answers come at once unless the process hangs (ms). */
const ANSWER_MS = 45_000;

/** A question to another process, over IPC. */
export interface Request<Question> {
  readonly id: number;
  readonly command: Question;
}

/** The answer to one. */
export interface Reply<Answer> {
  readonly kind: 'answer';
  readonly id: number;
  readonly answer: Answer;
}

export interface AskedOptions<Told> {
  /** How messages call it: `the client process`. */
  readonly who: string;
  /** What it tells without being asked. */
  onTold?(message: Told): void;
  /** It ended although nobody ended it. */
  onExit(why: string): void;
}

/** A child process that answers questions over IPC. */
export class AskedProcess<Question extends { readonly kind: string }, Answer, Told = never> {
  readonly #child: ChildProcess;
  readonly #who: string;
  readonly #waiting = new Map<number, { resolve(answer: Answer): void; reject(error: Error): void }>();
  #requests = 0;
  #ending = false;

  constructor(child: ChildProcess, { who, onTold, onExit }: AskedOptions<Told>) {
    this.#child = child;
    this.#who = who;
    child.on('message', (message: Reply<Answer> | (Told & { readonly kind?: string })) => {
      if (message.kind !== 'answer') {
        onTold?.(message as Told);
        return;
      }
      const { id, answer } = message as Reply<Answer>;
      this.#waiting.get(id)?.resolve(answer);
      this.#waiting.delete(id);
    });
    child.once('exit', (code, signal) => {
      const why = `${who} ended with ${signal ?? `exit code ${code}`}`;
      for (const { reject } of this.#waiting.values()) reject(new Error(why));
      if (!this.#ending) onExit(why);
    });
  }

  ask(command: Question): Promise<Answer> {
    const id = ++this.#requests;
    const request: Request<Question> = { id, command };
    return new Promise((resolve, reject) => {
      const overdue = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new Error(`${this.#who} did not answer "${command.kind}" for ${ANSWER_MS / 1000} s`));
      }, ANSWER_MS);
      this.#waiting.set(id, {
        resolve(answer) {
          clearTimeout(overdue);
          resolve(answer);
        },
        reject(error) {
          clearTimeout(overdue);
          reject(error);
        },
      });
      this.#child.send(request, (error) => error && this.#waiting.get(id)?.reject(error));
    });
  }

  /** Sends a signal that ends it; resolves with how it ended. Idempotent. */
  async end(signal: NodeJS.Signals = 'SIGKILL'): Promise<{ readonly code: number | null }> {
    this.#ending = true;
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exited = once(this.#child, 'exit');
      this.#child.kill(signal);
      await exited;
    }
    return { code: this.#child.exitCode };
  }

  /** A signal that ends nothing. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(name);
  }
}

/** The environment without what would send connections through a proxy. */
export function withoutProxies(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { http_proxy, https_proxy, grpc_proxy, no_proxy, ...rest } = env;
  return rest;
}

/** The child's side: answers each question with what `perform` resolves to; ends with the parent. */
export function answerParent<Question>(perform: (command: Question) => Promise<unknown>): void {
  process.on('message', ({ id, command }: Request<Question>) => {
    perform(command).then(
      (answer) => process.send?.({ kind: 'answer', id, answer } satisfies Reply<unknown>),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
  process.on('disconnect', () => process.exit());
}
