import type { Now } from './contract.js';

/**
 * The time of a host that does not run backwards: while its clock was set back, time goes on from where it was. Else
 * whoever waits for a time, or counts from one, would do so until the clock is there again. A clock that was set
 * forward is believed: nothing tells that from a process that slept.
 */
export class SteadyClock {
  private readonly read: Now;
  /** How far the host's clock is behind this one (ms). */
  private behindMs: number;
  private lastMs: number;

  /** A clock that takes the place of `previous` goes on with its time. */
  constructor(read: Now, previous: SteadyClock | null = null) {
    this.read = read;
    this.behindMs = previous?.behindMs ?? 0;
    this.lastMs = previous?.lastMs ?? Number.NEGATIVE_INFINITY;
  }

  readonly now: Now = () => {
    const readMs = this.read();
    const nowMs = readMs + this.behindMs;
    if (nowMs < this.lastMs) {
      this.behindMs = this.lastMs - readMs;
      return this.lastMs;
    }
    this.lastMs = nowMs;
    return nowMs;
  };

  /** The same moment by the host's clock. */
  toHost(ms: number): number {
    return ms - this.behindMs;
  }
}
