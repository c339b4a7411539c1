import type { Entry } from '../candidates/entry.js';
import { historyId } from '../candidates/entry.js';
import type { Load, Loads } from '../candidates/loads.js';
import { weightOf } from '../candidates/weight.js';
import type { StreamsConfig } from '../config/config.js';
import type { Now, Random, StreamMove } from '../contract.js';
import { random64 } from '../hash/random64.js';
import { xxh64 } from '../hash/xxh64.js';
import { earlier } from '../wake-time.js';
import { Pace } from './pace.js';
import { nextMark, targetsOf } from './targets.js';

/** Streams of an endpoint that terminates are moved within this time (ms): a server may cut them soon. */
const TERMINATING_MS = 2_000;
/** Moves are decided in this many rounds, but no more often than `MIN_ROUND_MS`. */
const ROUNDS = 20;
const MIN_ROUND_MS = 50;
const MAX_ROUND_MS = 200;
/** An endpoint at which a stream failed less than this ago comes last (ms): it has few open because it fails them. */
const FAILED_MS = 1_000;
/** More than any number of streams for any worth that counts. */
const LAST = 1e15;
/**
 * How long streams wait for the connections of the first list once the first of them is ready (ms): else all that an
 * application opens at start would begin where the connection was ready a moment sooner, and stay there.
 */
const GATHER_MS = 250;
/** A stream whose application was asked and left it where it is counts again after this time (ms). */
const TOLD_MS = 60_000;

export interface StreamsHost {
  readonly now: Now;
  readonly random: Random;
  readonly loads: Loads;
  /** The stage that this one replaces: what it has drawn stays, so that nothing has to move. */
  readonly previous?: Streams | null;
}

/**
 * Streams by open streams: each begins where the fewest are open for the worth, and when that is no longer so, because
 * endpoints came, some are asked to move. It sees the entries that a policy may choose from.
 */
export class Streams {
  private readonly config: StreamsConfig;
  private readonly host: StreamsHost;
  private readonly roundMs: number;
  private readonly evenPace: Pace;
  private readonly terminatingPace: Pace;
  private readonly entries: Entry[] = [];
  /** Tells this client from others: without it all would begin at the same endpoint. Null: no stream yet. */
  private seed: bigint | null;
  /** The spread was found to be off; goes on until it is even. */
  private evening = false;
  private moves: StreamMove[] = [];
  /** Entries of the first list that are not connected yet. */
  private readonly expected = new Set<Entry>();
  private gatherUntilMs: number | null = null;
  /** A stream waits for them. */
  private waiting = false;
  /** When to look at the spread, and at those that were asked; null: no need. */
  private roundAtMs: number | null = null;
  private recallAtMs: number | null = null;

  constructor(config: StreamsConfig, host: StreamsHost) {
    const { spreadMs } = config;
    this.config = config;
    this.host = host;
    this.seed = host.previous?.seed ?? null;
    this.roundMs = Math.min(Math.max(spreadMs / ROUNDS, MIN_ROUND_MS), MAX_ROUND_MS);
    this.evenPace = new Pace(spreadMs, host.random);
    this.terminatingPace = new Pace(Math.min(spreadMs, TERMINATING_MS), host.random);
  }

  /** An entry of the first list will be connected soon. */
  expect(entry: Entry): void {
    this.expected.add(entry);
  }

  /** It is connected, or will not be. */
  arrived(entry: Entry): void {
    if (!this.expected.delete(entry)) return;
    if (this.expected.size === 0) this.gatherUntilMs = null;
  }

  add(entry: Entry): void {
    this.arrived(entry);
    if (this.expected.size > 0) this.gatherUntilMs ??= this.host.now() + GATHER_MS;
    entry.seat = this.entries.length;
    this.entries.push(entry);
    entry.fresh = this.host.loads.streams > 0 && entry.load.streams.open === 0;
    if (this.seed !== null) this.setPhase(entry, this.seed);
    this.changed();
  }

  remove(entry: Entry): void {
    const hole = entry.seat;
    if (hole < 0) return;
    entry.seat = -1;
    const last = this.entries.pop();
    if (last !== undefined && last !== entry) {
      this.entries[hole] = last;
      last.seat = hole;
    }
    this.changed();
  }

  pick(): Entry | undefined {
    const nowMs = this.host.now();
    if (this.gatherUntilMs !== null && nowMs < this.gatherUntilMs) {
      this.waiting = true;
      return undefined;
    }
    if (this.seed === null) this.begin();
    let best: Entry | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const entry of this.entries) {
      const failed = nowMs - entry.load.streams.failedMs < FAILED_MS;
      const cost = nextMark(entry) + (failed ? LAST : 0);
      if (cost < least) {
        best = entry;
        least = cost;
      }
    }
    return best;
  }

  /** Streams may be off now: it is looked at soon, if there is one that may move. */
  changed(): void {
    if (this.roundAtMs !== null || this.host.loads.withMovable.size === 0) return;
    this.roundAtMs = this.host.now() + this.roundMs * this.host.random();
  }

  get nextWakeMs(): number | null {
    const gathered = this.waiting ? this.gatherUntilMs : null;
    return earlier(gathered, earlier(this.roundAtMs, this.recallAtMs));
  }

  /** `nextWakeMs` may have changed since it was read. */
  get hasTimes(): boolean {
    return this.waiting || this.host.loads.withMovable.size > 0;
  }

  wake(nowMs: number): void {
    if (this.gatherUntilMs !== null && nowMs >= this.gatherUntilMs) {
      this.expected.clear();
      this.waiting = false;
      this.gatherUntilMs = null;
    }
    this.recall(nowMs);
    const more = this.leaveTerminating(nowMs) + this.even(nowMs);
    this.roundAtMs = more > 0 ? nowMs + this.roundMs * (0.5 + this.host.random()) : null;
    this.recallAtMs = this.nextRecallMs();
  }

  takeMoves(): readonly StreamMove[] {
    const { moves } = this;
    if (moves.length > 0) this.moves = [];
    return moves;
  }

  private begin(): void {
    this.seed = random64(this.host.random);
    for (const entry of this.entries) this.setPhase(entry, this.seed);
  }

  private setPhase(entry: Entry, seed: bigint): void {
    entry.phase = Number(xxh64(historyId(entry.candidate), seed) >> 11n) / 2 ** 53;
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
    if (this.entries.every(({ candidate }) => candidate.terminating)) return 0;
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
    const { entries } = this;
    if (entries.length < 2 || this.seed === null) return 0;
    const { streams, toldStreams } = this.host.loads;
    const total = streams + toldStreams;
    const targets = targetsOf(entries, total);
    const count = Math.min(this.wanted(targets, total), this.movable(targets));
    if (count === 0) {
      if (toldStreams === 0) this.evening = false;
      this.evenPace.take(0, { nowMs, roundMs: this.roundMs });
      return 0;
    }
    const due = this.evenPace.take(count, { nowMs, roundMs: this.roundMs });
    for (let i = 0; i < due; i++) this.moveOne(targets, nowMs);
    return count - due;
  }

  /** How many streams should move: all that are too many, or only what new endpoints lack. */
  private wanted(targets: readonly number[], total: number): number {
    if (!this.evening) this.evening = this.isOff(total);
    let over = 0;
    let lacking = 0;
    this.entries.forEach((entry, i) => {
      const more = entry.load.streams.open - (targets[i] ?? 0);
      if (more > 0) over += more;
      if (!entry.fresh) return;
      if (more < 0) lacking -= more;
      else if (entry.worth >= weightOf(entry.candidate.weight)) entry.fresh = false;
    });
    if (this.evening) return over;
    // Those that were asked to go will come to the new ones.
    return Math.max(0, Math.min(over, lacking - this.host.loads.toldStreams));
  }

  /** Whether somebody has so many more, or fewer, than its part that it is worth to interrupt streams. */
  private isOff(total: number): boolean {
    const { thresholdPercent, minStreams } = this.config;
    const worth = this.entries.reduce((sum, entry) => sum + entry.worth, 0);
    return this.entries.some((entry) => {
      const fair = (total * entry.worth) / worth;
      const off = Math.abs(entry.load.streams.open - fair);
      return off >= minStreams && off * 100 > fair * thresholdPercent;
    });
  }

  /** How many of those that are too many may be asked. */
  private movable(targets: readonly number[]): number {
    let count = 0;
    this.entries.forEach(({ load }, i) => {
      const over = Math.max(0, load.streams.open - (targets[i] ?? 0));
      count += Math.min(over, load.streams.movable?.staying.size ?? 0);
    });
    return count;
  }

  private moveOne(targets: readonly number[], nowMs: number): void {
    let from: Entry | undefined;
    let most = Number.NEGATIVE_INFINITY;
    this.entries.forEach((entry, i) => {
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
