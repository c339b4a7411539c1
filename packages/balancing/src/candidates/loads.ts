import type { OpenStream } from '../contract.js';
import type { Verdict } from '../outliers/verdict.js';
import type { Failing } from '../pick/failing.js';
import type { LatencyState } from '../pick/peak-ewma/latency.js';
import type { Reported } from '../pick/reported.js';
import { MovableStreams, StreamLoad } from '../streams/stream-load.js';

/**
 * Several endpoints whose calls are counted together. Whoever picks one of them counts the pick; `Loads` counts the rest,
 * so that picks of others pay nothing for it.
 */
export interface CallGroup {
  /** Calls of its loads, in flight and picked in this turn. */
  calls: number;
}

/**
 * Calls of one endpoint as this process knows them. Fields are public and mutable because a pick reads them in the
 * hottest loop there is; only `Loads` and the pipeline write them.
 */
export class Load {
  readonly id: string;
  /** Calls started and not ended, streams left out. */
  inFlight = 0;
  /** Picks of this turn that have not started yet. */
  pending = 0;
  /** How many of its last calls it failed; null: none. Beside the counts, because a pick reads both. */
  failing: Failing | null = null;
  /** Picked in this turn, together with others. */
  touched = false;
  /** Where its calls are counted together with those of others. */
  group: CallGroup | null = null;
  /** Entries of the present list that count here. */
  holders = 0;
  /** Whether `Loads` let go of it; a slot may still hold it. */
  forgotten = false;
  /** How long its calls take; null until a policy that wants to know has seen one. */
  latency: LatencyState | null = null;
  /** What the server said of itself; null until it did. */
  reported: Reported | null = null;
  /** How its calls ended; null until one did and somebody counts. */
  verdict: Verdict | null = null;
  /** Epoch ms since when it warms up: NaN = from its next connection on, -Infinity = it is warm. */
  warmSinceMs = Number.NaN;
  /** An object of its own, so that unary calls, which touch this one at random, find it small. */
  readonly streams = new StreamLoad();

  constructor(id: string) {
    this.id = id;
  }
}

/**
 * In-flight counts by history id (uid, else key). They outlive list changes and reconnects while calls are in
 * flight, and are forgotten with the last call of a gone endpoint.
 */
export class Loads {
  private readonly byId = new Map<string, Load>();
  /** The first pick of a turn is no more than this while it is the only one: most picks start before the next is made. */
  private first: Load | null = null;
  // Grows to the number of endpoints picked in one turn, then is reused: a pick allocates nothing.
  private readonly touched: (Load | undefined)[] = [];
  private touchedCount = 0;
  /** Loads whose streams were picked in this turn. */
  private readonly streaming = new Set<Load>();
  /** Loads with movable streams. */
  readonly withMovable = new Set<Load>();
  /** Streams open, those that were asked to go left out. */
  streams = 0;
  /** Streams that were asked to go and are still open. */
  toldStreams = 0;
  /** Picks that have not started yet. */
  private unstarted = 0;
  /** A pick was made while an earlier one had not started, or for a stream: `endOfTurn` must be called. */
  crowded = false;
  /** Held, although no list names them, until `letGo`. */
  private kept: readonly Load[] = [];

  /** How many endpoints are remembered. */
  get size(): number {
    return this.byId.size;
  }

  /** Calls in flight over all endpoints. */
  get inFlight(): number {
    let sum = 0;
    for (const load of this.byId.values()) sum += load.inFlight;
    return sum;
  }

  acquire(id: string): Load {
    let load = this.byId.get(id);
    if (load === undefined) {
      load = new Load(id);
      this.byId.set(id, load);
    }
    load.holders++;
    return load;
  }

  release(load: Load): void {
    load.holders--;
    this.forgetIfGone(load);
  }

  /** Nobody is forgotten before the list of the next pipeline is known: it has the same endpoints. */
  keep(): void {
    const before = this.kept;
    this.kept = [...this.byId.values()];
    for (const load of this.kept) load.holders++;
    for (const load of before) this.release(load);
  }

  /** Ends what `keep` began: that list is known. */
  letGo(): void {
    if (this.kept.length === 0) return;
    const { kept } = this;
    this.kept = [];
    for (const load of kept) this.release(load);
  }

  /** Counts a pick until it starts or the turn ends. */
  picked(load: Load): void {
    load.pending++;
    if (this.unstarted++ === 0 && !this.crowded) {
      this.first = load;
      return;
    }
    if (this.first !== null) this.touch(this.first);
    this.first = null;
    this.crowded = true;
    this.touch(load);
  }

  /** As `picked`, for a stream. */
  streamPicked(load: Load): void {
    load.streams.pending++;
    this.crowded = true;
    this.streaming.add(load);
  }

  /**
   * Moves a pick to the calls in flight. With slow call credentials the start comes long after the turn, when the
   * endpoint may be gone and forgotten, or gone and back.
   */
  started(load: Load): void {
    const now = load.forgotten ? this.recall(load) : load;
    now.inFlight++;
    if (now.pending === 0) {
      if (now.group !== null) now.group.calls++;
      return;
    }
    now.pending--;
    this.unstarted--;
  }

  /** Never goes below zero: a host that reports an end twice must not make an endpoint look idle for ever. */
  ended(load: Load): void {
    const now = load.forgotten ? this.byId.get(load.id) : load;
    if (now === undefined || now.inFlight === 0) return;
    now.inFlight--;
    if (now.group !== null) now.group.calls--;
    if (now.holders === 0) this.forgetIfGone(now);
  }

  /** As `started`, for a stream. */
  streamStarted(load: Load, stream: OpenStream): void {
    const now = load.forgotten ? this.recall(load) : load;
    const { streams } = now;
    if (streams.pending > 0) streams.pending--;
    streams.open++;
    this.streams++;
    if (!stream.movable) return;
    streams.movable ??= new MovableStreams();
    streams.movable.staying.add(stream);
    this.withMovable.add(now);
  }

  /** As `ended`, for a stream. */
  streamEnded(load: Load, stream: OpenStream): void {
    const now = load.forgotten ? this.byId.get(load.id) : load;
    if (now === undefined) return;
    if (stream.movable) this.movableEnded(now, stream);
    else this.streamLeft(now);
    if (now.holders === 0) this.forgetIfGone(now);
  }

  /** The application of a stream was asked to open it elsewhere: it counts as gone from here. */
  streamTold(load: Load, stream: OpenStream, nowMs: number): void {
    const { movable } = load.streams;
    if (movable?.staying.delete(stream) !== true) return;
    movable.told.set(stream, nowMs);
    this.toldStreams++;
    this.streamLeft(load);
  }

  /** It did not go: it counts here again. */
  streamStayed(load: Load, stream: OpenStream): void {
    const { streams } = load;
    if (streams.movable?.told.delete(stream) !== true) return;
    streams.movable.staying.add(stream);
    this.toldStreams--;
    this.streams++;
    streams.open++;
  }

  private movableEnded(load: Load, stream: OpenStream): void {
    const { movable } = load.streams;
    if (movable === null) return;
    if (movable.told.delete(stream)) this.toldStreams--;
    else if (movable.staying.delete(stream)) this.streamLeft(load);
    if (movable.staying.size + movable.told.size === 0) this.withMovable.delete(load);
  }

  private streamLeft(load: Load): void {
    if (load.streams.open === 0) return;
    load.streams.open--;
    this.streams--;
  }

  endOfTurn(): void {
    this.unstarted = 0;
    this.crowded = false;
    if (this.first !== null) this.endOfPicks(this.first);
    this.first = null;
    this.untouch();
    if (this.streaming.size > 0) this.endOfStreamTurn();
  }

  private untouch(): void {
    for (let i = 0; i < this.touchedCount; i++) {
      const load = this.touched[i];
      this.touched[i] = undefined;
      if (load === undefined) continue;
      load.touched = false;
      this.endOfPicks(load);
    }
    this.touchedCount = 0;
  }

  private touch(load: Load): void {
    if (load.touched) return;
    load.touched = true;
    this.touched[this.touchedCount++] = load;
  }

  private endOfPicks(load: Load): void {
    if (load.pending > 0) drop(load);
    if (load.holders === 0) this.forgetIfGone(load);
  }

  private endOfStreamTurn(): void {
    for (const load of this.streaming) {
      load.streams.pending = 0;
      if (load.holders === 0) this.forgetIfGone(load);
    }
    this.streaming.clear();
  }

  private recall(load: Load): Load {
    const successor = this.byId.get(load.id);
    if (successor !== undefined) return successor;
    load.forgotten = false;
    this.byId.set(load.id, load);
    return load;
  }

  private forgetIfGone(load: Load): void {
    if (load.forgotten || load.holders > 0 || load.inFlight > 0 || load.streams.open > 0) return;
    // A pick that may still start keeps its load, and so does a stream that was asked to go.
    if (load.pending > 0 || load.streams.pending > 0 || this.withMovable.has(load)) return;
    load.forgotten = true;
    this.byId.delete(load.id);
  }
}

/** Forgets picks that were not started. */
function drop(load: Load): void {
  if (load.group !== null) load.group.calls -= load.pending;
  load.pending = 0;
}
