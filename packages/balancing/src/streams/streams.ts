import { type Entry, historyId } from '../candidates/entry.js';
import type { Load, Loads } from '../candidates/loads.js';
import type { StreamsConfig } from '../config/config.js';
import type { Now, Outcome, Random, StreamMove } from '../contract.js';
import { random64 } from '../hash/random64.js';
import { xxh64 } from '../hash/xxh64.js';
import { earlier } from '../wake-time.js';
import { noteStreamEnd, noteStreamStart } from './early.js';
import { Moves } from './moves.js';
import { type PreferredZone, Sides } from './sides.js';

/**
 * How long streams wait for the connections of the first list once the first of them is ready (ms): else all that an
 * application opens at start would begin where the connection was ready a moment sooner, and stay there.
 */
const GATHER_MS = 250;
export interface StreamsHost {
  readonly now: Now;
  readonly random: Random;
  readonly loads: Loads;
  /** Null: all zones are alike. */
  readonly preferred: PreferredZone | null;
}

/**
 * Streams by open streams: each begins where the fewest are open for the worth, and when that is no longer so, because
 * endpoints came, some are asked to move. It sees the entries that a policy may choose from.
 */
export class Streams {
  private readonly host: StreamsHost;
  private readonly moves: Moves;
  private readonly sides: Sides;
  /** Tells this client from others: without it all would begin at the same endpoint. Null: no stream yet. */
  private seed: bigint | null;
  /** Entries of the first list that are not connected yet. */
  private readonly expected = new Set<Entry>();
  private gatherUntilMs: number | null = null;
  /** A stream waits for them. */
  private waiting = false;

  /** What `previous`, the stage that this one replaces, has drawn stays, so that nothing has to move. */
  constructor(config: StreamsConfig, host: StreamsHost, previous: Streams | null) {
    const { now, random, loads, preferred } = host;
    this.host = host;
    this.sides = new Sides(preferred);
    this.moves = new Moves(config, { now, random, loads, sides: this.sides });
    this.seed = previous?.seed ?? null;
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
    this.sides.add(entry);
    entry.fresh = this.host.loads.streams > 0 && entry.load.streams.open === 0;
    if (this.seed !== null) this.setPhase(entry, this.seed);
    this.changed();
  }

  remove(entry: Entry): void {
    if (this.sides.remove(entry)) this.changed();
  }

  /** An entry has another candidate, and perhaps another zone. */
  moved(entry: Entry): void {
    this.sides.moved(entry);
    this.changed();
  }

  pick(): Entry | undefined {
    const nowMs = this.host.now();
    if (this.gatherUntilMs !== null && nowMs < this.gatherUntilMs) {
      this.waiting = true;
      return undefined;
    }
    if (this.seed === null) this.begin();
    return this.sides.next({ nowMs, random: this.host.random });
  }

  /** A stream began there, and is counted. */
  started({ streams }: Load): void {
    noteStreamStart(streams);
    this.changed();
  }

  /** A stream ended there, and is no longer counted. */
  ended({ streams }: Load, outcome: Outcome): void {
    noteStreamEnd(streams, outcome, this.host.now);
    this.changed();
  }

  /** Streams may be off now: it is looked at soon, if there is one that may move. */
  changed(): void {
    this.moves.changed();
  }

  get nextWakeMs(): number | null {
    return earlier(this.waiting ? this.gatherUntilMs : null, this.moves.nextWakeMs);
  }

  wake(nowMs: number): void {
    if (this.gatherUntilMs !== null && nowMs >= this.gatherUntilMs) {
      this.expected.clear();
      this.waiting = false;
      this.gatherUntilMs = null;
    }
    if (this.seed === null) this.begin();
    this.moves.wake(nowMs);
  }

  takeMoves(): readonly StreamMove[] {
    return this.moves.take();
  }

  private begin(): void {
    this.seed = random64(this.host.random);
    for (const entry of this.sides.entries) this.setPhase(entry, this.seed);
  }

  private setPhase(entry: Entry, seed: bigint): void {
    entry.phase = Number(xxh64(historyId(entry.candidate), seed) >> 11n) / 2 ** 53;
  }
}
