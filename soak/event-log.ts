import { monotonicMs } from '#commands/wait.js';

/** What a part that failed prints of what happened last. */
const KEPT = 40;
/** A failure repeats with every call. */
const MOST_OBJECTIONS = 30;

/** What happened, with the time since the start; the last of it is kept. */
export class EventLog {
  readonly objections: string[] = [];
  readonly #startMs = monotonicMs();
  readonly #lines: string[] = [];
  readonly #print: (line: string) => void;
  #left = 0;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  get events(): readonly string[] {
    return this.#lines;
  }

  get elapsedMs(): number {
    return monotonicMs() - this.#startMs;
  }

  say(text: string): void {
    const line = this.#stamp(text);
    this.#lines.push(line);
    if (this.#lines.length > KEPT) this.#lines.shift();
    this.#print(line);
  }

  object(text: string): void {
    if (this.objections.length === MOST_OBJECTIONS) {
      this.#left++;
      return;
    }
    this.objections.push(this.#stamp(text));
    this.#print(this.#stamp(`✗ ${text}`));
  }

  /** The objections, and how many there are beside those that were kept. */
  finish(): readonly string[] {
    return this.#left === 0 ? this.objections : [...this.objections, `and ${this.#left} more`];
  }

  #stamp(text: string): string {
    return `${(this.elapsedMs / 1000).toFixed(2).padStart(8)} s  ${text}`;
  }
}
