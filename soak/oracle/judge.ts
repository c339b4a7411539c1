import type { EndedStream, FailedCall } from '../client/messages.js';
import type { ClusterHistory, History } from './history.js';
import { excuseOf, excuseOfNone, excuseOfStream, type Rules } from './judge-call.js';

/** A call is judged when what the API said at that time is surely known (ms). */
const LATER_MS = 1_500;

export interface JudgeOptions {
  readonly rules: Rules;
  onObjection(text: string): void;
}

/** What should not have been unless there is an excuse. */
interface Charge {
  readonly who: string;
  /** Null: there is none. */
  excuse(): string | null;
  readonly text: string;
}

/** Judges every failed call and every ended stream, and counts those that had an excuse. */
export class Judge {
  readonly #options: JudgeOptions;
  readonly #pending = new Set<NodeJS.Timeout>();
  readonly #excused = new Map<string, number>();
  readonly #charges: Charge[] = [];
  objected = 0;

  constructor(options: JudgeOptions) {
    this.#options = options;
  }

  /** `client: why` with how often. */
  get excused(): ReadonlyMap<string, number> {
    return this.#excused;
  }

  /** Judges a call by what its client knew. */
  call(call: FailedCall, history: History): void {
    const { client, code, details, peer, startedMs, endedMs } = call;
    const took = (endedMs - startedMs).toFixed(0);
    this.#later({
      who: client,
      excuse: () => excuseOf(call, history, this.#options.rules),
      text: `${client} call to ${peer ?? 'nowhere'} failed after ${took} ms: ${code} ${details}`,
    });
  }

  stream(stream: EndedStream, history: History): void {
    const { code, details, peer } = stream;
    this.#later({
      who: 'stream',
      excuse: () => excuseOfStream(stream, history, this.#options.rules),
      text: `a stream to ${peer ?? 'nowhere'} ended: ${code} ${details}`,
    });
  }

  /** Judges that a client was told that there is no endpoint. */
  emptied(who: string, atMs: number, history: ClusterHistory): void {
    this.#later({
      who,
      excuse: () => excuseOfNone(atMs, history),
      text: `${who} was told that there is no endpoint`,
    });
  }

  /** Judges what is left at once. */
  close(): void {
    for (const timer of this.#pending) clearTimeout(timer);
    this.#pending.clear();
    for (const charge of this.#charges.splice(0)) this.#decide(charge);
  }

  #later(charge: Charge): void {
    this.#charges.push(charge);
    const timer = setTimeout(() => {
      this.#pending.delete(timer);
      // In the order in which they came: the oldest is due first.
      const due = this.#charges.shift();
      if (due !== undefined) this.#decide(due);
    }, LATER_MS);
    this.#pending.add(timer);
  }

  #decide({ who, excuse: judge, text }: Charge): void {
    const excuse = judge();
    if (excuse === null) {
      this.objected++;
      this.#options.onObjection(text);
      return;
    }
    const key = `${who}: ${excuse}`;
    this.#excused.set(key, (this.#excused.get(key) ?? 0) + 1);
  }
}
