import { setImmediate } from 'node:timers/promises';
import type { Form } from '../forms/form.js';
import { Objection, type Subject } from '../target.js';
import type { CurrentInput } from './current-input.js';

/** An input may cost so much time of the processor (ms). Every reader of the project is bounded far below that. */
const SLOW_MS = 1_000;
/** Compilers and collectors make anything slow for once: only what is slow so often in a row is. */
const SLOW_TIMES = 3;

/** Errors that nobody waited for: thrown in a callback, promises that were rejected and forgotten, warnings of Node. */
export class StrayErrors {
  readonly #errors: unknown[] = [];
  readonly #keep = (error: unknown): void => void this.#errors.push(error);

  constructor() {
    process.on('uncaughtException', this.#keep);
    process.on('warning', this.#keep);
    process.on('unhandledRejection', this.#keep);
  }

  /** Throws the first that came since the last call. */
  check(): void {
    const [first] = this.#errors.splice(0);
    if (first !== undefined) throw first;
  }

  close(): void {
    process.off('uncaughtException', this.#keep);
    process.off('warning', this.#keep);
    process.off('unhandledRejection', this.#keep);
  }
}

/** Feeds inputs to a subject and measures them. */
export class Checker<Input> {
  readonly #subject: Subject<Input>;
  readonly #form: Form<Input>;
  readonly #current: CurrentInput;
  readonly #stray: StrayErrors;

  constructor(
    subject: Subject<Input>,
    parts: { form: Form<Input>; current: CurrentInput; stray: StrayErrors },
  ) {
    this.#subject = subject;
    this.#form = parts.form;
    this.#current = parts.current;
    this.#stray = parts.stray;
  }

  /** Throws what is wrong with how the input was met. */
  async check(input: Input): Promise<void> {
    this.#current.begin(this.#form.write(input));
    try {
      let tookMs = await this.#timed(input);
      for (let time = 1; time < SLOW_TIMES && tookMs > SLOW_MS; time++) {
        tookMs = Math.min(tookMs, await this.#timed(input));
      }
      if (tookMs > SLOW_MS) throw new Objection(`slow: it takes ${Math.round(tookMs)} ms`);
    } finally {
      this.#current.end();
    }
  }

  async #timed(input: Input): Promise<number> {
    const start = process.cpuUsage();
    await this.#subject.check(input);
    // What was thrown into nothing comes to light when this turn of the event loop is over.
    await setImmediate();
    this.#stray.check();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1_000;
  }
}
