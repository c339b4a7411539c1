import type { EndedStream, FailedCall } from '../client/messages.js';
import type { History } from './history.js';
import { excuseOf, excuseOfStream, type Rules } from './judge-call.js';

/** A call is judged when what the API said at that time is surely known (ms). */
const LATER_MS = 1_500;

export interface JudgeOptions {
  readonly history: History;
  readonly rules: Rules;
  onObjection(text: string): void;
}

/** Judges every failed call and every ended stream, and counts those that had an excuse. */
export class Judge {
  readonly #options: JudgeOptions;
  readonly #pending = new Set<NodeJS.Timeout>();
  readonly #excused = new Map<string, number>();
  readonly #verdicts: (() => void)[] = [];
  objected = 0;

  constructor(options: JudgeOptions) {
    this.#options = options;
  }

  /** `client: why` with how often. */
  get excused(): ReadonlyMap<string, number> {
    return this.#excused;
  }

  call(call: FailedCall): void {
    const { client, code, details, peer, startedMs, endedMs } = call;
    const took = (endedMs - startedMs).toFixed(0);
    this.#later(() =>
      this.#decide(
        client,
        excuseOf(call, this.#options.history, this.#options.rules),
        `${client} call to ${peer ?? 'nowhere'} failed after ${took} ms: ${code} ${details}`,
      ),
    );
  }

  stream(stream: EndedStream): void {
    const { code, details, peer } = stream;
    const { history, rules } = this.#options;
    this.#later(() =>
      this.#decide(
        'stream',
        excuseOfStream(stream, history, rules),
        `a stream to ${peer ?? 'nowhere'} ended: ${code} ${details}`,
      ),
    );
  }

  /** Judges what is left at once. */
  close(): void {
    for (const timer of this.#pending) clearTimeout(timer);
    this.#pending.clear();
    for (const verdict of this.#verdicts.splice(0)) verdict();
  }

  #later(verdict: () => void): void {
    this.#verdicts.push(verdict);
    const timer = setTimeout(() => {
      this.#pending.delete(timer);
      // In the order in which they came: the oldest is due first.
      this.#verdicts.shift()?.();
    }, LATER_MS);
    this.#pending.add(timer);
  }

  #decide(who: string, excuse: string | null, text: string): void {
    if (excuse === null) {
      this.objected++;
      this.#options.onObjection(text);
      return;
    }
    const key = `${who}: ${excuse}`;
    this.#excused.set(key, (this.#excused.get(key) ?? 0) + 1);
  }
}
