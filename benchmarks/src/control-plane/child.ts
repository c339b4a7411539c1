import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What a process may be asked, by kind, and what it answers. */
export type Questions = Readonly<Record<string, { readonly asked: unknown; readonly answer: unknown }>>;

interface Question {
  readonly id: number;
  readonly kind: string;
  readonly asked: unknown;
}

interface Answer {
  readonly id: number;
  readonly answer: unknown;
}

interface Waiting {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

/** Whatever is asked takes seconds: what is not answered by then will not be (ms). */
const ANSWER_MS = 120_000;

/** A process of a benchmark, and what it is asked. It ends with the one that started it. */
export class Child<Asks extends Questions> {
  readonly #child: ChildProcess;
  readonly #program: string;
  readonly #waiting = new Map<number, Waiting>();
  readonly #ended: Promise<void>;
  #ids = 0;
  #end: string | undefined;

  /** `program` is a compiled module; `order` is what it is started with. */
  constructor(program: URL, order: unknown, { execArgv = [], env = {} }: ChildOptions = {}) {
    this.#program = fileURLToPath(program);
    this.#child = fork(this.#program, [JSON.stringify(order)], {
      execArgv: [...execArgv],
      env: { ...process.env, ...env },
    });
    this.#child.on('message', ({ id, answer }: Answer) => {
      this.#waiting.get(id)?.resolve(answer);
      this.#waiting.delete(id);
    });
    this.#ended = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        this.#end = `${this.#program} ended with ${signal ?? code}`;
        for (const { reject } of this.#waiting.values()) reject(new Error(this.#end));
        this.#waiting.clear();
        resolve();
      });
    });
  }

  /** Asks; rejects when the process ends before it has answered, or does not answer for two minutes. */
  ask<Kind extends keyof Asks & string>(
    kind: Kind,
    asked: Asks[Kind]['asked'],
  ): Promise<Asks[Kind]['answer']> {
    const id = ++this.#ids;
    return new Promise<Asks[Kind]['answer']>((resolve, reject) => {
      if (this.#end !== undefined) {
        reject(new Error(`${this.#end}, and cannot be asked for ${kind}`));
        return;
      }
      const late = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new Error(`${this.#program} did not answer ${kind} within ${ANSWER_MS / 1000} s`));
      }, ANSWER_MS);
      const done =
        <Value>(settle: (value: Value) => void) =>
        (value: Value): void => {
          clearTimeout(late);
          settle(value);
        };
      this.#waiting.set(id, { resolve: done(resolve), reject: done(reject) });
      this.#child.send({ id, kind, asked } satisfies Question);
    });
  }

  /** Ends the process at once, as a crash does, and waits until it is gone. */
  async end(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}

export interface ChildOptions {
  /** Options of Node. */
  readonly execArgv?: readonly string[];
  /** Beside those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The other end: answers what the process that started this one asks. What an answer throws ends this process. */
export function answerQuestions<Asks extends Questions>(
  answers: {
    readonly [Kind in keyof Asks]: (
      asked: Asks[Kind]['asked'],
    ) => Asks[Kind]['answer'] | Promise<Asks[Kind]['answer']>;
  },
): void {
  const answer = async ({ id, kind, asked }: Question): Promise<void> => {
    const found = answers[kind];
    if (found === undefined) throw new Error(`nobody here answers ${kind}`);
    process.send?.({ id, answer: (await found(asked)) ?? null } satisfies Answer);
  };
  process.on('message', (question: Question) => {
    answer(question).catch((error: unknown) => {
      console.error(error);
      process.exit(1);
    });
  });
  process.on('disconnect', () => process.exit());
}

/** What this process was started with. */
export function orderOf<Order>(): Order {
  return JSON.parse(process.argv[2] ?? '') as Order;
}
