import type { Timeline } from './events.js';
import type { Server } from './server.js';

/** What the clients saw; calls that began in the warm-up do not count. */
export interface Outcome {
  /** Latencies of the calls that succeeded (ms), sorted. */
  readonly latencies: Float64Array;
  /** Calls that ended, and of them those that failed. */
  readonly calls: number;
  readonly failed: number;
  /** Begun calls by server key. */
  readonly shares: ReadonlyMap<string, number>;
  /** For each server that joined: the calls of its first second ÷ what it would have had if all had the same. */
  readonly newcomers: readonly number[];
  /** The part of the begun calls, by clients whose zone is known, that went to a server of that zone. */
  readonly inZone: number;
}

/** How long a newcomer's calls are counted (ms). */
const NEWCOMER_MS = 1000;

/** Takes a run down. */
export class Record {
  private readonly warmMs: number;
  private readonly events: Timeline;
  private readonly latencies: number[] = [];
  private readonly shares = new Map<string, number>();
  private readonly newcomers: number[] = [];
  private failed = 0;
  private begun = 0;
  private zoned = 0;
  private inZone = 0;

  constructor({ warmMs }: { readonly warmMs: number }, events: Timeline) {
    this.warmMs = warmMs;
    this.events = events;
  }

  /** A call begins, at a server or (null) at none. */
  began(server: Server | null, zone: string | undefined): void {
    this.begun += 1;
    if (server !== null) server.chosen += 1;
    if (this.events.now < this.warmMs || server === null) return;
    this.shares.set(server.key, (this.shares.get(server.key) ?? 0) + 1);
    if (zone === undefined) return;
    this.zoned += 1;
    if (server.zone === zone) this.inZone += 1;
  }

  /** Null: it failed. */
  ended(beganMs: number, latencyMs: number | null): void {
    if (beganMs < this.warmMs) return;
    if (latencyMs === null) this.failed += 1;
    else this.latencies.push(latencyMs);
  }

  /** A server joins now; `servers` are all that there are. */
  joined(server: Server, servers: readonly Server[]): void {
    const before = this.begun;
    this.events.after(NEWCOMER_MS, () => {
      this.newcomers.push((server.chosen * servers.length) / Math.max(1, this.begun - before));
    });
  }

  outcome(): Outcome {
    const latencies = Float64Array.from(this.latencies).sort();
    return {
      latencies,
      calls: latencies.length + this.failed,
      failed: this.failed,
      shares: this.shares,
      newcomers: this.newcomers,
      inZone: this.zoned === 0 ? 0 : this.inZone / this.zoned,
    };
  }
}
