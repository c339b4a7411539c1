import type { ResourceType } from '../resource-type.js';

/**
 * When a stream may be told of a type again: at once when it was silent for a window, else at the end of that window. So
 * the first change is never late, and what comes in quick succession (a client that asks for its clusters one by one, a
 * storm of changes) is answered together.
 */
export class Pacing {
  readonly #windowMs: number;
  readonly #lastMs: { [Type in ResourceType]?: number } = {};

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** How long to wait (ms); 0: now. */
  waitMs(type: ResourceType, nowMs: number): number {
    const lastMs = this.#lastMs[type];
    if (lastMs === undefined) return 0;
    // A clock that was set back must not silence the stream.
    return nowMs < lastMs ? 0 : Math.max(0, lastMs + this.#windowMs - nowMs);
  }

  sent(type: ResourceType, nowMs: number): void {
    this.#lastMs[type] = nowMs;
  }
}
