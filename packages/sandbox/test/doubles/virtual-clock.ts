import type { AgentClock } from '../../src/node-agent/host.js';

/** Time that moves only when told to; between two timers everything that is pending runs. */
export class VirtualClock implements AgentClock {
  #nowMs = Date.parse('2030-01-01T00:00:00Z');
  readonly #timers = new Set<{ atMs: number; fn: () => void }>();

  now(): number {
    return this.#nowMs;
  }

  setTimeout(fn: () => void, ms: number): { cancel(): void; unref(): void } {
    const timer = { atMs: this.#nowMs + ms, fn };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer), unref: () => {} };
  }

  get pending(): number {
    return this.#timers.size;
  }

  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await settle();
    for (;;) {
      const due = [...this.#timers].filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (!due) break;
      this.#timers.delete(due);
      this.#nowMs = Math.max(this.#nowMs, due.atMs);
      due.fn();
      await settle();
    }
    this.#nowMs = endMs;
  }
}

/** Lets all promises that are resolved go on. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
