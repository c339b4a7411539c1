import type { Clock, Logger } from '@fairlead/discovery';
import type { ClientNode } from './client-node.js';
import type { Nack } from './session.js';

export interface NackLogOptions {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A client that refuses a resource repeats that with every response of the type: it is said again after so long (ms). */
const REPEAT_MS = 60_000;
/** Of so many refusals it is remembered that they were said; of more each counts as new. */
const MOST_REMEMBERED = 1_000;
/** Lines in one `REPEAT_MS`, whatever clients do. */
const MOST_LINES = 100;

/** Says what clients refuse, at a bounded rate. A refusal is a fault of this program, or of that client: never of a user. */
export class NackLog {
  readonly #options: NackLogOptions;
  readonly #saidMs = new Map<string, number>();
  #periodMs = 0;
  #lines = 0;

  constructor(options: NackLogOptions) {
    this.#options = options;
  }

  add({ type, names, text }: Nack, { id, agent, agentVersion }: ClientNode): void {
    const nowMs = this.#options.clock.now();
    const key = JSON.stringify([id, type, names.slice(0, 1)]);
    const saidMs = this.#saidMs.get(key);
    if (saidMs !== undefined && nowMs - saidMs < REPEAT_MS) return;
    if (!this.#mayWrite(nowMs)) return;
    this.#remember(key, nowMs);
    const client = `${agent} ${agentVersion}`.trim();
    this.#options.logger.warn('a client refused resources and keeps what it had', {
      node: id,
      client,
      type,
      names: names.slice(0, 5),
      text,
    });
  }

  #mayWrite(nowMs: number): boolean {
    if (nowMs - this.#periodMs >= REPEAT_MS) {
      this.#periodMs = nowMs;
      this.#lines = 0;
    }
    this.#lines += 1;
    return this.#lines <= MOST_LINES;
  }

  #remember(key: string, nowMs: number): void {
    // In the order of insertion: the oldest goes.
    this.#saidMs.delete(key);
    this.#saidMs.set(key, nowMs);
    if (this.#saidMs.size <= MOST_REMEMBERED) return;
    for (const oldest of this.#saidMs.keys()) {
      this.#saidMs.delete(oldest);
      return;
    }
  }
}
