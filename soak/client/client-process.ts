import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { AskedProcess, withoutProxies } from './asked-process.js';
import type {
  Answer,
  ClientSettings,
  Command,
  EndedStream,
  FailedCall,
  Holdings,
  Look,
  Message,
  View,
} from './messages.js';

/** What the client process tells without being asked. */
export interface ClientListener {
  onFailed(call: FailedCall): void;
  onStream(stream: EndedStream): void;
  onView(view: View): void;
  /** The process ended although nobody closed it. */
  onExit(why: string): void;
}

/** The client process as the driver sees it. */
export class ClientProcess {
  readonly #process: AskedProcess<Command, Answer, Message>;

  constructor(settings: ClientSettings, listener: ClientListener) {
    const instruments = new URL('./instruments.js', import.meta.url).href;
    const child = fork(fileURLToPath(new URL('./main.js', import.meta.url)), [JSON.stringify(settings)], {
      execArgv: ['--expose-gc', '--import', instruments],
      env: withoutProxies(process.env),
    });
    this.#process = new AskedProcess(child, {
      who: 'the client process',
      onTold: (message: Message) => take(message, listener),
      onExit: (why) => listener.onExit(why),
    });
  }

  open(): Promise<unknown> {
    return this.#process.ask({ kind: 'open' });
  }

  look(mark = false): Promise<Look> {
    return this.#process.ask({ kind: 'look', mark }) as Promise<Look>;
  }

  hold(): Promise<Holdings> {
    return this.#process.ask({ kind: 'hold' }) as Promise<Holdings>;
  }

  moveDate(ms: number): Promise<unknown> {
    return this.#process.ask({ kind: 'moveDate', ms });
  }

  close(): Promise<unknown> {
    return this.#process.ask({ kind: 'close' });
  }

  /** Ends the process; idempotent. */
  async end(): Promise<void> {
    await this.#process.end();
  }
}

function take(message: Message, listener: ClientListener): void {
  if (message.kind === 'failed') listener.onFailed(message.call);
  else if (message.kind === 'stream') listener.onStream(message.stream);
  else listener.onView(message.view);
}
