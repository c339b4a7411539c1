import type { Clock } from '../../src/clock.js';
import type {
  KubeClient,
  KubeList,
  KubeObject,
  RequestOptions,
  WatchEvent,
} from '../../src/kubernetes/client/client.js';

/** A request that the client was asked for, with when. */
export interface Asked {
  readonly verb: 'list' | 'watch';
  readonly atMs: number;
  readonly query: Readonly<Record<string, unknown>>;
  readonly options: RequestOptions;
}

/** An open watch, driven by the test. */
export interface ScriptedWatch {
  send(...events: WatchEvent[]): void;
  end(): void;
  fail(error: unknown): void;
  /** True once the reader has gone: it aborted or returned. */
  readonly left: boolean;
}

/** A list, or what makes one; a watch; an error; or nothing until the request is aborted. */
export type Answer = KubeList | (() => KubeList) | ScriptedStream | Error | 'hangs';

/** An endless stream of events that ends when told. */
export class ScriptedStream implements ScriptedWatch {
  left = false;
  readonly #queue: (WatchEvent | { readonly error: unknown } | null)[] = [];
  #wake: (() => void) | undefined;

  send(...events: WatchEvent[]): void {
    this.#queue.push(...events);
    this.#wake?.();
  }

  end(): void {
    this.#queue.push(null);
    this.#wake?.();
  }

  fail(error: unknown): void {
    this.#queue.push({ error });
    this.#wake?.();
  }

  async *read(signal: AbortSignal | undefined): AsyncGenerator<WatchEvent> {
    const abort = (): void => this.fail(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      for (;;) {
        while (this.#queue.length === 0) {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
        const next = this.#queue.shift();
        if (next === null || next === undefined) return;
        if ('error' in next) throw next.error;
        yield next;
      }
    } finally {
      this.left = true;
      signal?.removeEventListener('abort', abort);
    }
  }
}

/** Answers lists and watches from a script, one answer a request; the last one again and again. */
export class ScriptedClient implements Pick<KubeClient, 'server' | 'identity' | 'list' | 'watch'> {
  readonly server = 'https://10.0.0.1:443';
  readonly identity = { origin: 'token file /t', user: 'ns:app' };
  readonly asked: Asked[] = [];
  readonly #clock: Clock;
  readonly #script: Answer[];

  constructor(clock: Clock, script: readonly Answer[]) {
    this.#clock = clock;
    this.#script = [...script];
  }

  /** Waits (ms) between two requests. */
  get gapsMs(): number[] {
    return this.asked.slice(1).map(({ atMs }, index) => atMs - (this.asked[index]?.atMs ?? 0));
  }

  /** Requests in a few words: `list 0`, `watch 7`, `watchList`. */
  get trail(): string[] {
    return this.asked.map(({ verb, query }) => {
      const kind = query.sendInitialEvents === true ? 'watchList' : verb;
      const from = query.continue === undefined ? query.resourceVersion : `+${query.continue}`;
      return from === undefined ? kind : `${kind} ${from}`;
    });
  }

  #next(verb: Asked['verb'], options: RequestOptions): Answer {
    this.asked.push({ verb, atMs: this.#clock.now(), query: options.query ?? {}, options });
    const answer = this.#script.length > 1 ? this.#script.shift() : this.#script[0];
    if (answer === undefined) throw new Error('the script is empty');
    return answer;
  }

  async list<T extends KubeObject>(_ref: unknown, options: RequestOptions = {}): Promise<KubeList<T>> {
    const answer = this.#next('list', options);
    if (answer instanceof Error) throw answer;
    if (answer instanceof ScriptedStream || answer === 'hangs')
      throw new Error('the script has a watch where a list was asked for');
    return (typeof answer === 'function' ? answer() : answer) as KubeList<T>;
  }

  async watch<T extends KubeObject>(
    _ref: unknown,
    options: RequestOptions = {},
  ): Promise<AsyncIterable<WatchEvent<T>>> {
    const answer = this.#next('watch', options);
    if (answer instanceof Error) throw answer;
    if (answer === 'hangs') {
      await new Promise((_, reject) => options.signal?.addEventListener('abort', reject, { once: true }));
    }
    if (!(answer instanceof ScriptedStream))
      throw new Error('the script has a list where a watch was asked for');
    return answer.read(options.signal) as AsyncIterable<WatchEvent<T>>;
  }
}
