import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type {
  ClientSettings,
  Command,
  EndedStream,
  FailedCall,
  Holdings,
  Look,
  Message,
  Request,
  View,
} from './messages.js';

/** Answers come at once unless the process hangs (ms). */
const ANSWER_MS = 45_000;

/** What the client process tells without being asked. */
export interface ClientListener {
  onFailed(call: FailedCall): void;
  onStream(stream: EndedStream): void;
  onView(view: View): void;
  /** The process ended although nobody closed it. */
  onExit(why: string): void;
}

type Answer = Look | Holdings | null;

/** The client process as the driver sees it. */
export class ClientProcess {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve(answer: Answer): void; reject(error: Error): void }>();
  #requests = 0;
  #ending = false;

  constructor(settings: ClientSettings, listener: ClientListener) {
    const instruments = new URL('./instruments.js', import.meta.url).href;
    this.#child = fork(fileURLToPath(new URL('./main.js', import.meta.url)), [JSON.stringify(settings)], {
      execArgv: ['--expose-gc', '--import', instruments],
      env: withoutProxies(process.env),
    });
    this.#child.on('message', (message: Message) => this.#take(message, listener));
    this.#child.once('exit', (code, signal) => {
      const why = `the client process ended with ${signal ?? `exit code ${code}`}`;
      for (const { reject } of this.#waiting.values()) reject(new Error(why));
      if (!this.#ending) listener.onExit(why);
    });
  }

  open(): Promise<unknown> {
    return this.#ask({ kind: 'open' });
  }

  look(mark = false): Promise<Look> {
    return this.#ask({ kind: 'look', mark }) as Promise<Look>;
  }

  hold(): Promise<Holdings> {
    return this.#ask({ kind: 'hold' }) as Promise<Holdings>;
  }

  moveDate(ms: number): Promise<unknown> {
    return this.#ask({ kind: 'moveDate', ms });
  }

  close(): Promise<unknown> {
    return this.#ask({ kind: 'close' });
  }

  /** Ends the process; idempotent. */
  async end(): Promise<void> {
    this.#ending = true;
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }

  #take(message: Message, listener: ClientListener): void {
    if (message.kind === 'failed') listener.onFailed(message.call);
    else if (message.kind === 'stream') listener.onStream(message.stream);
    else if (message.kind === 'view') listener.onView(message.view);
    else {
      this.#waiting.get(message.id)?.resolve(message.answer);
      this.#waiting.delete(message.id);
    }
  }

  #ask(command: Command): Promise<Answer> {
    const id = ++this.#requests;
    const request: Request = { id, command };
    return new Promise((resolve, reject) => {
      const overdue = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new Error(`the client process did not answer "${command.kind}" for ${ANSWER_MS / 1000} s`));
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
}

function withoutProxies(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { http_proxy, https_proxy, grpc_proxy, no_proxy, ...rest } = env;
  return rest;
}
