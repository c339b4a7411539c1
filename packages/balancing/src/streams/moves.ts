import type { Entry } from '../candidates/entry.js';
import type { Load, Loads } from '../candidates/loads.js';
import { weightOf } from '../candidates/weight.js';
import type { StreamsConfig } from '../config/config.js';
import type { Now, Random, StreamMove } from '../contract.js';
import { earlier } from '../wake-time.js';
import { Pace } from './pace.js';
import type { Sides } from './sides.js';

/** Streams of an endpoint that terminates are moved within this time (ms): a server may cut them soon. */
const TERMINATING_MS = 2_000;
/** Moves are decided in this many rounds, but no more often than `MIN_ROUND_MS`. */
const ROUNDS = 20;
const MIN_ROUND_MS = 50;
const MAX_ROUND_MS = 200;
/** How long the spread must be off without a break before it is evened (ms): short streams come and go beside long ones. */
const OFF_MS = 2_000;
/** A stream whose application was asked and left it where it is counts again after this time (ms). */
const TOLD_MS = 60_000;

export interface MovesHost {
  readonly now: Now;
  readonly random: Random;
  readonly loads: Loads;
  /** Those among which streams are spread. */
  readonly sides: Sides;
}

/** Which streams are asked to move, and when. Does nothing while there is none that may. */
export class Moves {
  private readonly config: StreamsConfig;
  private readonly host: MovesHost;
  private readonly roundMs: number;
  private readonly evenPace: Pace;
  private readonly terminatingPace: Pace;
  /** Since when the spread is off without a break (epoch ms); null: it was not when it was last looked at. */
  private offSinceMs: number | null = null;
  /** Until when all that is too much is moved (epoch ms); null: only new endpoints get their part. */
  private evenUntilMs: number | null = null;
  private moves: StreamMove[] = [];
  /** When to look at the spread, and at those that were asked; null: no need. */
  private roundAtMs: number | null = null;
  private recallAtMs: number | null = null;

  constructor(config: StreamsConfig, host: MovesHost) {
    const { spreadMs } = config;
    this.config = config;
    this.host = host;
    this.roundMs = Math.min(Math.max(spreadMs / ROUNDS, MIN_ROUND_MS), MAX_ROUND_MS);
    this.evenPace = new Pace(spreadMs, host.random);
    this.terminatingPace = new Pace(Math.min(spreadMs, TERMINATING_MS), host.random);
  }

  /** Streams may be off now: it is looked at soon. */
  changed(): void {
    if (this.roundAtMs !== null || this.host.loads.withMovable.size === 0) return;
    this.roundAtMs = this.host.now() + this.roundMs * this.host.random();
  }

  get nextWakeMs(): number | null {
    return earlier(this.roundAtMs, this.recallAtMs);
  }

  wake(nowMs: number): void {
    this.recall(nowMs);
    const more = this.leaveTerminating(nowMs) + this.even(nowMs);
    this.roundAtMs = more > 0 ? nowMs + this.roundMs * (0.5 + this.host.random()) : null;
    this.recallAtMs = this.nextRecallMs();
  }

  take(): readonly StreamMove[] {
    const { moves } = this;
    if (moves.length > 0) this.moves = [];
    return moves;
  }

  /** Who was asked long ago and is still there counts again. */
  private recall(nowMs: number): void {
    for (const load of this.host.loads.withMovable) {
      for (const [stream, toldAtMs] of load.streams.movable?.told ?? []) {
        if (nowMs - toldAtMs >= TOLD_MS || nowMs < toldAtMs) this.host.loads.streamStayed(load, stream);
      }
    }
  }

  /** Null: nobody was asked. Those that were asked first stand first. */
  private nextRecallMs(): number | null {
    let next: number | null = null;
    for (const { streams } of this.host.loads.withMovable) {
      const [first] = streams.movable?.told.values() ?? [];
      if (first !== undefined) next = Math.min(next ?? Number.POSITIVE_INFINITY, first + TOLD_MS);
    }
    return next;
  }

  /** Asks streams of endpoints that are going, if there are others. How many are left. */
  private leaveTerminating(nowMs: number): number {
    if (this.host.sides.entries.every(({ candidate }) => candidate.terminating)) return 0;
    const going: Load[] = [];
    let count = 0;
    for (const load of this.host.loads.withMovable) {
      if (load.holders > 0 && !load.streams.terminating) continue;
      going.push(load);
      count += load.streams.movable?.staying.size ?? 0;
    }
    const due = this.terminatingPace.take(count, { nowMs, roundMs: this.roundMs });
    let left = due;
    for (const load of going) left -= this.tell(load, { most: left, reason: 'terminating', nowMs });
    return count - due;
  }

  private even(nowMs: number): number {
    const { sides, loads } = this.host;
    const { streams, toldStreams } = loads;
    if (sides.entries.length < 2 || streams === 0) return 0;
    const total = streams + toldStreams;
    const targets = sides.targets(total);
    const waits = this.judge(total, nowMs);
    const count = Math.min(this.wanted(targets), this.movable(targets));
    if (count === 0) {
      if (toldStreams === 0) this.evenUntilMs = null;
      this.evenPace.take(0, { nowMs, roundMs: this.roundMs });
      return waits ? 1 : 0;
    }
    const due = this.evenPace.take(count, { nowMs, roundMs: this.roundMs });
    for (let i = 0; i < due; i++) this.moveOne(targets, nowMs);
    return waits ? 1 : count - due;
  }

  /** Finds whether all that is too much is to be moved. True: it is off, but not for long enough yet. */
  private judge(total: number, nowMs: number): boolean {
    const { spreadMs } = this.config;
    if (this.evenUntilMs !== null && nowMs > this.evenUntilMs) this.evenUntilMs = null;
    if (this.evenUntilMs !== null) return false;
    if (!this.isOff(total)) {
      this.offSinceMs = null;
      return false;
    }
    this.offSinceMs ??= nowMs;
    if (nowMs - this.offSinceMs < Math.min(OFF_MS, spreadMs)) return true;
    this.offSinceMs = null;
    this.evenUntilMs = nowMs + 2 * spreadMs + this.roundMs;
    return false;
  }

  /** How many streams should move: all that are too many, or only what new endpoints lack. */
  private wanted(targets: readonly number[]): number {
    let over = 0;
    let lacking = 0;
    this.host.sides.entries.forEach((entry, i) => {
      const more = entry.load.streams.open - (targets[i] ?? 0);
      if (more > 0) over += more;
      if (!entry.fresh) return;
      if (more < 0) lacking -= more;
      else if (entry.worth >= weightOf(entry.candidate.weight)) entry.fresh = false;
    });
    if (this.evenUntilMs !== null) return over;
    // Those that were asked to go will come to the new ones.
    return Math.max(0, Math.min(over, lacking - this.host.loads.toldStreams));
  }

  /** Whether somebody has so many more, or fewer, than its part that it is worth to interrupt streams. */
  private isOff(total: number): boolean {
    const { thresholdPercent, minStreams } = this.config;
    const shares = this.host.sides.shares(total);
    return this.host.sides.entries.some((entry, i) => {
      const fair = shares[i] ?? 0;
      const off = Math.abs(entry.load.streams.open - fair);
      return off >= minStreams && off * 100 > fair * thresholdPercent;
    });
  }

  /** How many of those that are too many may be asked. */
  private movable(targets: readonly number[]): number {
    let count = 0;
    this.host.sides.entries.forEach(({ load }, i) => {
      const over = Math.max(0, load.streams.open - (targets[i] ?? 0));
      count += Math.min(over, load.streams.movable?.staying.size ?? 0);
    });
    return count;
  }

  private moveOne(targets: readonly number[], nowMs: number): void {
    let from: Entry | undefined;
    let most = Number.NEGATIVE_INFINITY;
    this.host.sides.entries.forEach((entry, i) => {
      const { load, worth, phase } = entry;
      if (load.streams.open <= (targets[i] ?? 0) || (load.streams.movable?.staying.size ?? 0) === 0) return;
      const last = (load.streams.open - 1 + phase) / worth;
      if (last <= most) return;
      from = entry;
      most = last;
    });
    if (from !== undefined) this.tell(from.load, { most: 1, reason: 'imbalance', nowMs });
  }

  private tell(
    load: Load,
    { most, reason, nowMs }: { readonly most: number; readonly nowMs: number } & Pick<StreamMove, 'reason'>,
  ): number {
    let told = 0;
    for (const stream of load.streams.movable?.staying ?? []) {
      if (told >= most) break;
      this.host.loads.streamTold(load, stream, nowMs);
      this.moves.push({ stream, reason });
      told += 1;
    }
    return told;
  }
}
