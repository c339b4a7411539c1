import type { Entry } from '../../candidates/entry.js';
import type { ReportsWanted } from '../../contract.js';
import { EntryList } from '../entry-list.js';
import type { PickPolicy, PolicyHost } from '../policy.js';
import { StaticStride } from './static-stride.js';
import { reportedWeight, type WeightRules } from './weight.js';

export interface WeightedRoundRobinOptions extends WeightRules {
  /** How often weights are computed anew (ms, at least 100). */
  readonly updateMs: number;
  /** Reports on a stream of their own, at this period (ms); null: in the trailers of calls. */
  readonly outOfBandMs: number | null;
}

/** No server counts for more than this many times the next best one. */
const MAX_LEAD = 10;
/** The counter of a stride starts within this many rounds: clients that start together do not go together. */
const STARTS = 65_536;

/** gRFC A58: turns in proportion to the calls that a server does for its utilization. */
export class WeightedRoundRobin implements PickPolicy {
  readonly reports: ReportsWanted;
  nextWakeMs: number | null = null;
  private readonly options: WeightedRoundRobinOptions;
  private readonly host: PolicyHost;
  private readonly list = new EntryList();
  private stride: StaticStride | null = null;
  /** The weights are others now. */
  private stale = true;

  constructor(options: WeightedRoundRobinOptions, host: PolicyHost) {
    this.options = options;
    this.host = host;
    this.reports = { trailers: options.outOfBandMs === null, outOfBandMs: options.outOfBandMs };
  }

  add(entry: Entry): void {
    this.list.add(entry);
    this.changed();
  }

  remove(entry: Entry): void {
    this.list.remove(entry);
    this.changed();
  }

  reweigh(): void {
    this.stale = true;
  }

  /** gRFC A58: `non_empty_since` "is reset when a subchannel comes back to READY". */
  connected(entry: Entry): void {
    const { reported } = entry.load;
    if (reported !== null) reported.nonEmptySinceMs = Number.POSITIVE_INFINITY;
  }

  pick(): Entry | undefined {
    const { entries } = this.list;
    if (entries.length < 2) return entries[0];
    if (this.stale || this.stride === null) this.stride = this.schedule(this.stride);
    return entries[this.stride.next()];
  }

  wake(): void {
    this.stale = true;
    this.nextWakeMs = this.host.now() + this.options.updateMs;
  }

  private changed(): void {
    this.stale = true;
    if (this.list.entries.length < 2) this.nextWakeMs = null;
    else this.nextWakeMs ??= this.host.now() + this.options.updateMs;
  }

  /**
   * gRFC A58: with fewer than two weights known "all subchannels will get the same weight". The turns go on where they
   * were: a client with fewer calls in a period than endpoints would else never come to the last ones.
   */
  private schedule(before: StaticStride | null): StaticStride {
    this.stale = false;
    const nowMs = this.host.now();
    const weights = believable(
      this.list.entries.map(({ load }) => reportedWeight(load.reported, this.options, nowMs)),
    );
    const known = weights.filter((weight) => weight > 0);
    const mean = known.length < 2 ? 1 : known.reduce((sum, weight) => sum + weight, 0) / known.length;
    const worth = this.list.entries.map((entry, i) => {
      const weight = known.length < 2 ? 0 : (weights[i] ?? 0);
      return (weight > 0 ? weight : mean) * entry.worth;
    });
    const start = before?.position ?? Math.floor(this.host.random() * STARTS * this.list.entries.length);
    return new StaticStride(worth, start);
  }
}

/**
 * The weights, of which none is more than so many times the next greatest. A server that lies, or that measured nothing
 * for a moment, would else get nearly all calls: the mean that bounds weights in a stride is as great as its own.
 */
function believable(weights: number[]): number[] {
  let greatest = 0;
  let next = 0;
  for (const weight of weights) {
    next = Math.max(next, Math.min(weight, greatest));
    greatest = Math.max(greatest, weight);
  }
  const most = next * MAX_LEAD;
  return greatest <= most || next === 0 ? weights : weights.map((weight) => Math.min(weight, most));
}
