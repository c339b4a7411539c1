import type { Load } from '../candidates/loads.js';

export interface SlowStartOptions {
  /** How long an endpoint warms up (ms). */
  readonly windowMs: number;
  /** 1 = the share grows evenly; greater = faster at first. */
  readonly aggression: number;
  /** The share that it starts with, 0 to 1. */
  readonly minShare: number;
}

/** The share is renewed this many times in a window, but no more often than `MIN_TICK_MS`. */
const STEPS = 50;
const MIN_TICK_MS = 50;

/**
 * Lets new and recovered endpoints begin with a small share of the calls. The share is
 * max(minShare, (age ÷ window)^(1 ÷ aggression)), as Envoy's slow start has it.
 */
export class SlowStart {
  nextWakeMs: number | null = null;
  private readonly options: SlowStartOptions;
  private readonly warming = new Set<Load>();

  constructor(options: SlowStartOptions) {
    this.options = options;
  }

  /** It serves already, or for the first list: nobody is there who could spare it. */
  skip(load: Load): void {
    load.warmSinceMs = Number.NEGATIVE_INFINITY;
  }

  /** It must warm up (again) from its next connection on, or from now if it has one. */
  restart(load: Load, connectedAtMs: number | null): void {
    this.warming.delete(load);
    load.warmSinceMs = Number.NaN;
    if (connectedAtMs !== null) this.connected(load, connectedAtMs);
  }

  /** Who warms up already goes on with it, also after a change of config. */
  connected(load: Load, nowMs: number): void {
    if (load.warmSinceMs === Number.NEGATIVE_INFINITY || this.warming.has(load)) return;
    if (Number.isNaN(load.warmSinceMs)) load.warmSinceMs = nowMs;
    this.warming.add(load);
    this.nextWakeMs ??= nowMs + this.tickMs;
  }

  gone(load: Load): void {
    this.warming.delete(load);
  }

  /** The present share, 0 to 1. */
  share(load: Load, nowMs: number): number {
    if (!this.warming.has(load)) return 1;
    const { windowMs, aggression, minShare } = this.options;
    const age = nowMs - load.warmSinceMs;
    if (age >= windowMs) return 1;
    return Math.max(minShare, Math.max(0, age / windowMs) ** (1 / aggression));
  }

  /** Ends what is warm. */
  wake(nowMs: number): void {
    for (const load of this.warming) {
      if (nowMs - load.warmSinceMs < this.options.windowMs) continue;
      this.warming.delete(load);
      this.skip(load);
    }
    this.nextWakeMs = this.warming.size === 0 ? null : nowMs + this.tickMs;
  }

  private get tickMs(): number {
    return Math.max(MIN_TICK_MS, this.options.windowMs / STEPS);
  }
}
