import type { AgentClock } from './host.js';
import type { GroupProcess } from './process.js';

interface TerminationOptions {
  readonly clock: AgentClock;
  readonly process: GroupProcess;
  /** From now to SIGKILL (ms); 0 kills at once. */
  readonly graceMs: number;
  /** Runs before SIGTERM, within the grace. */
  readonly preStop?: () => Promise<void>;
  /** SIGTERM waits for it, within the grace: others have to end first (KEP-753). */
  readonly turn?: Promise<void>;
}

/** What a preStop hook that used up the grace leaves for SIGTERM (ms), as the kubelet's. */
const MINIMUM_GRACE_MS = 2000;

/** The end of one process: preStop, its turn, SIGTERM to its group, SIGKILL when the grace is over. */
export class Termination {
  readonly #options: TerminationOptions;
  #deadlineMs = Number.POSITIVE_INFINITY;
  #timer: { cancel(): void } | undefined;
  #asked = false;

  constructor(options: TerminationOptions) {
    this.#options = options;
    this.shorten(options.graceMs);
    if (options.graceMs > 0) void this.#ask();
  }

  /** Brings the deadline forward; a later one than before changes nothing. */
  shorten(graceMs: number): void {
    const { clock, process } = this.#options;
    const deadlineMs = clock.now() + graceMs;
    if (deadlineMs >= this.#deadlineMs) return;
    this.#deadlineMs = deadlineMs;
    this.#timer?.cancel();
    if (graceMs <= 0) process.signal('SIGKILL');
    else this.#timer = clock.setTimeout(() => this.#late(), graceMs);
  }

  /** The process has ended. */
  end(): void {
    this.#timer?.cancel();
  }

  async #ask(): Promise<void> {
    const { preStop, turn, process } = this.#options;
    if (preStop) await Promise.race([preStop(), process.exited]);
    if (turn) await Promise.race([turn, process.exited]);
    this.#term();
  }

  #term(): void {
    if (this.#asked) return;
    this.#asked = true;
    this.#options.process.signal('SIGTERM');
  }

  #late(): void {
    const { clock, process } = this.#options;
    if (this.#asked) {
      process.signal('SIGKILL');
      return;
    }
    this.#term();
    this.#timer = clock.setTimeout(() => process.signal('SIGKILL'), MINIMUM_GRACE_MS);
  }
}
