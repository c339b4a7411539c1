import type { Entry } from '../../candidates/entry.js';
import type { Load } from '../../candidates/loads.js';
import type { Outcome } from '../../contract.js';
import { unserved } from '../failures.js';
import { type Choice, callsForWorth, lowest } from '../lowest.js';
import type { PolicyHost } from '../policy.js';
import { PoolPolicy } from '../pool-policy.js';
import { counted, decayed, observe } from './latency.js';

export interface PeakEwmaOptions {
  /** How many entries are compared: 2 to 10. */
  readonly choiceCount: number;
  /** Time constant of the average (ms). */
  readonly decayMs: number;
  /** What an endpoint counts as before its first call ended (ms), at least: where calls take longer, that. */
  readonly defaultLatencyMs: number;
}

/** A failure counts as a call that took this many times the average: failing fast must not look like being fast. */
const FAILURE_FACTOR = 2;

/** Part of a new latency in the usual one: about the last twenty calls count, of all endpoints. */
const USUAL_SHARE = 0.05;

/** Latency × calls in flight, of a few entries drawn at random. */
export class PeakEwma extends PoolPolicy {
  readonly usesLatency = true;
  private readonly options: PeakEwmaOptions;
  private readonly choice: Choice;
  private nowMs = 0;
  /** How long calls take, whoever answers (ms); 0: nobody did yet. */
  private usualMs = 0;

  constructor(options: PeakEwmaOptions, host: PolicyHost) {
    super(host);
    this.options = options;
    this.choice = {
      choiceCount: options.choiceCount,
      random: host.random,
      now: host.now,
      cost: (entry) => this.cost(entry),
    };
  }

  /**
   * Where calls take longer than the default, a newcomer that counted as the default would look like the fastest one, and
   * everybody would run to it. What is not known fades like what is: where calls are faster nobody would else try it.
   */
  override add(entry: Entry): void {
    entry.load.latency ??= { valueMs: this.unknownMs(), atMs: this.host.now() };
    super.add(entry);
  }

  pick(): Entry | undefined {
    this.nowMs = this.host.now();
    return lowest(this.pool, this.choice);
  }

  ended(load: Load, outcome: Outcome): void {
    if (outcome.streaming) return;
    const { decayMs, defaultLatencyMs } = this.options;
    const nowMs = this.host.now();
    load.latency ??= { valueMs: this.unknownMs(), atMs: nowMs };
    const bad = unserved(outcome);
    const latencyMs = bad
      ? Math.max(outcome.latencyMs, load.latency.valueMs * FAILURE_FACTOR, defaultLatencyMs)
      : outcome.latencyMs;
    observe(load.latency, latencyMs, { decayMs, nowMs });
    if (bad || !Number.isFinite(latencyMs)) return;
    const share = this.usualMs === 0 ? 1 : USUAL_SHARE;
    this.usualMs += (counted(latencyMs) - this.usualMs) * share;
  }

  private unknownMs(): number {
    return Math.max(this.options.defaultLatencyMs, this.usualMs);
  }

  private cost(entry: Entry): number {
    const { load } = entry;
    const { decayMs, defaultLatencyMs } = this.options;
    const latencyMs = load.latency === null ? defaultLatencyMs : decayed(load.latency, decayMs, this.nowMs);
    return latencyMs * (callsForWorth(entry) + 1);
  }
}
