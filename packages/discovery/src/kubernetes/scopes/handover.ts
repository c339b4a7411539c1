import type { Clock, Timer } from '../../clock.js';
import type { EndpointSetState } from '../../endpoint-set.js';
import type { ParsedSlice } from '../endpoints/slice.js';
import type { SliceFollower, SliceWatch } from './slice-watch.js';
import type { Scope } from './watch-scope.js';

/**
 * A watch that goes on saying something else for so long (ms) is believed: the one before may be the one that hangs.
 * A watch that is only behind catches up within a round trip.
 */
const DOUBT_MS = 5_000;

const NO_SLICES: ReadonlyMap<string, ParsedSlice> = new Map();

/** A watch and how to leave it. */
interface Joined {
  readonly watch: SliceWatch;
  readonly leave: () => void;
}

function sameSlices(a: ReadonlyMap<string, ParsedSlice>, b: ReadonlyMap<string, ParsedSlice>): boolean {
  if (a.size !== b.size) return false;
  for (const [id, { resourceVersion }] of a) {
    if (resourceVersion === undefined || b.get(id)?.resourceVersion !== resourceVersion) return false;
  }
  return true;
}

/**
 * The slices of one Service, from one watch at a time. It passes from a watch to another in the moment in which both say
 * the same: two watches are never equally fast, and in any other moment endpoints would come back that had gone, or
 * go that had come.
 */
export class Handover {
  readonly #service: string;
  readonly #clock: Clock;
  readonly #reader: SliceFollower;
  #current: Joined | undefined;
  #next: Joined | undefined;
  #doubt: Timer | undefined;

  constructor(service: string, clock: Clock, reader: SliceFollower) {
    this.#service = service;
    this.#clock = clock;
    this.#reader = reader;
  }

  /** What the watch covers that is read now; undefined before the first. */
  get scope(): Scope | undefined {
    return this.#current?.watch.scope;
  }

  /** True for the watch that is read now. */
  reads(watch: SliceWatch): boolean {
    return this.#current?.watch === watch;
  }

  get slices(): ReadonlyMap<string, ParsedSlice> {
    return this.#current?.watch.slices(this.#service) ?? NO_SLICES;
  }

  get state(): EndpointSetState | undefined {
    return this.#current?.watch.state;
  }

  get synced(): boolean {
    return this.#current?.watch.synced === true;
  }

  /**
   * Reads from this watch as soon as nothing is lost by it. With `now` even before it has said anything, if the present
   * one has not either.
   */
  follow(watch: SliceWatch, { now = false }: { readonly now?: boolean } = {}): void {
    if (watch !== (this.#next ?? this.#current)?.watch) this.#prepare(watch);
    if (now && !this.synced) this.#pass();
    else this.#consider();
  }

  /**
   * Reads from this watch until the present one, which has said nothing yet, says something: that stays the one to pass
   * to. Does nothing if there is something to lose.
   */
  standIn(watch: SliceWatch): void {
    const waiting = this.#current;
    if (waiting === undefined || waiting.watch === watch || this.synced || this.#next !== undefined) return;
    this.#current = this.#join(watch);
    this.#next = waiting;
    this.#reader.onState();
  }

  refresh(): void {
    this.#current?.watch.refresh();
  }

  close(): void {
    this.#giveUp();
    this.#current?.leave();
    this.#current = undefined;
  }

  #prepare(watch: SliceWatch): void {
    this.#giveUp();
    if (this.#current === undefined) this.#current = this.#join(watch);
    else if (watch !== this.#current.watch) this.#next = this.#join(watch);
  }

  #join(watch: SliceWatch): Joined {
    const isCurrent = (): boolean => this.#current?.watch === watch;
    const leave = watch.follow(this.#service, {
      onSlices: (changed, event) => {
        if (isCurrent()) this.#reader.onSlices(changed, event);
        this.#consider();
      },
      onState: () => {
        if (isCurrent()) this.#reader.onState();
        this.#consider();
      },
    });
    return { watch, leave };
  }

  #giveUp(): void {
    this.#doubt?.cancel();
    this.#doubt = undefined;
    const next = this.#next;
    this.#next = undefined;
    next?.leave();
  }

  #consider(): void {
    // One that has lost the API server knows less than any other.
    if (this.#next?.watch.synced !== true || this.#next.watch.state?.kind !== 'live') return;
    if (!this.synced || sameSlices(this.slices, this.#next.watch.slices(this.#service))) this.#pass();
    else if (this.#doubt === undefined) {
      this.#doubt = this.#clock.setTimeout(() => {
        this.#doubt = undefined;
        if (this.#next?.watch.state?.kind === 'live') this.#pass();
      }, DOUBT_MS);
      this.#doubt.unref();
    }
  }

  #pass(): void {
    const old = this.#current;
    // What it has yet to tell would be lost, for its slices are those of now. To hear it may be the very pass.
    old?.watch.catchUp(this.#service);
    if (this.#next === undefined || old === undefined || old !== this.#current) return;
    const wasSynced = this.synced;
    const before = this.slices;
    this.#doubt?.cancel();
    this.#doubt = undefined;
    this.#current = this.#next;
    this.#next = undefined;
    this.#current.watch.adopt(before.values());
    const now = this.slices;
    const changed = [...new Set([...before.keys(), ...now.keys()])].filter(
      (id) => before.get(id) !== now.get(id),
    );
    old.leave();
    this.#reader.onState();
    if (this.synced && (changed.length > 0 || !wasSynced)) this.#reader.onSlices(changed, false);
  }
}
