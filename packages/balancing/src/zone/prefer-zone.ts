import type { Entry } from '../candidates/entry.js';
import type { Load } from '../candidates/loads.js';
import type { PreferZoneConfig } from '../config/config.js';
import type { Outcome, PickContext, ReportsWanted } from '../contract.js';
import { givesUp } from '../pick/failing.js';
import type { PickPolicy, PolicyHost } from '../pick/policy.js';
import { Side } from './side.js';
import { type Border, borderOf, leaves, MAX_SHARE, nextShare } from './spill.js';

export interface PreferZoneOptions extends PreferZoneConfig {
  /** Where the client runs. */
  readonly zone: string;
  /** Picks among the endpoints of this zone. */
  readonly near: PickPolicy;
  /** Picks among the others, by the same config. */
  readonly far: PickPolicy;
}

/** How often the loads that servers report are looked at (ms): a look costs as much as there are endpoints. */
const LOOK_MS = 500;

/** Where an entry of the list is counted. */
interface Place {
  readonly side: Side;
  readonly load: Load;
}

/**
 * Calls go to the endpoints of the client's zone while those are not the more loaded, and beyond that the fewest that
 * even it out go to the others: at once, because all are connected.
 *
 * The load of a side is what its servers report, if half of them on either side do: the calls in flight of all clients
 * per endpoint. Such loads are old and shared, so that they only move the share of calls that leave, step by step. Else
 * the load is this client's own calls, which are exact: each call is placed where there is room.
 */
export class PreferZone implements PickPolicy {
  readonly reports: ReportsWanted | null;
  /** Absent where nothing waits for a time, which saves a host a look at it in every turn. */
  readonly wake?: () => void;
  private readonly options: PreferZoneOptions;
  private readonly host: PolicyHost;
  private readonly near: Side;
  private readonly far: Side;
  private readonly places = new Map<Entry, Place>();
  /** The worth of the sides must be summed up anew. */
  private stale = false;
  /** For own calls in flight. */
  private border: Border = { nearWorth: 0, farWorth: 0, room: 0 };
  /** Reports decide, not own calls. */
  private informed = false;
  /** Part of the calls that leave the zone by reports; kept while too few come. */
  private share = 0;
  /** Calls that are due to leave: at 1 one goes. Clients start apart, so that they do not go together. */
  private due: number;
  private nextLookMs: number | null = null;

  constructor(options: PreferZoneOptions, host: PolicyHost) {
    this.options = options;
    this.host = host;
    this.near = new Side(options.near);
    this.far = new Side(options.far);
    this.reports = options.near.reports ?? null;
    this.due = host.random();
    if (this.reports !== null || options.near.wake !== undefined) this.wake = () => this.onWake();
  }

  add(entry: Entry): void {
    this.enter(entry);
    this.sideOf(entry).add(entry);
    this.stale = true;
  }

  remove(entry: Entry): void {
    this.leave(entry)?.remove(entry);
    this.stale = true;
  }

  moved(entry: Entry): void {
    const side = this.leave(entry);
    if (side === undefined) return;
    this.enter(entry);
    const now = this.sideOf(entry);
    if (now === side) return;
    side.remove(entry);
    now.add(entry);
    this.stale = true;
  }

  reweigh(): void {
    this.stale = true;
    this.near.policy.reweigh();
    this.far.policy.reweigh();
  }

  pick(context: PickContext): Entry | undefined {
    if (this.stale) this.weigh();
    const { near, far } = this;
    const [side, other] = this.spills() ? [far, near] : [near, far];
    const chosen = side.policy.pick(context) ?? other.policy.pick(context);
    const entry = this.informed || chosen === undefined ? chosen : this.orAcross(chosen, context);
    if (entry !== undefined && entry.load.group !== null) entry.load.group.calls++;
    return entry;
  }

  /** By own calls a side whose servers fail calls at once has room always. (By reports the share knows.) */
  private orAcross(chosen: Entry, context: PickContext): Entry {
    if (chosen.load.failing === null) return chosen;
    const across = this.sideOf(chosen) === this.near ? this.far : this.near;
    const other = across.policy.pick(context);
    return other !== undefined && givesUp(chosen.load, other.load, this.host) ? other : chosen;
  }

  connected(entry: Entry): void {
    this.sideOf(entry).policy.connected?.(entry);
  }

  ended(load: Load, outcome: Outcome): void {
    this.sideOfLoad(load).policy.ended?.(load, outcome);
  }

  reported(load: Load): void {
    this.sideOfLoad(load).policy.reported?.(load);
    if (this.reports !== null) this.nextLookMs ??= this.host.now() + LOOK_MS;
  }

  get usesLatency(): boolean {
    return this.near.policy.usesLatency === true || this.far.policy.usesLatency === true;
  }

  get basis(): string {
    const { informed, share } = this;
    const zone = informed ? `zone by reports, ${Math.round(share * 100)} % leave` : 'zone by own calls';
    const { basis } = this.near.policy;
    return basis === undefined ? zone : `${basis}; ${zone}`;
  }

  get nextWakeMs(): number | null {
    const times = [this.near.policy.nextWakeMs, this.far.policy.nextWakeMs, this.nextLookMs];
    const first = Math.min(...times.map((time) => time ?? Number.POSITIVE_INFINITY));
    return first === Number.POSITIVE_INFINITY ? null : first;
  }

  private onWake(): void {
    const nowMs = this.host.now();
    for (const { policy } of [this.near, this.far]) {
      if ((policy.nextWakeMs ?? Number.POSITIVE_INFINITY) <= nowMs) policy.wake?.();
    }
    if (this.nextLookMs !== null && this.nextLookMs <= nowMs) this.look(nowMs);
  }

  /** Without reports none is looked for until one comes. */
  private look(nowMs: number): void {
    if (this.stale) this.weigh();
    const { near, far } = this;
    const loads = { near: near.reportedLoad(nowMs), far: far.reportedLoad(nowMs) };
    const nobody = loads.near === undefined && loads.far === undefined;
    this.nextLookMs = nobody ? null : nowMs + LOOK_MS;
    this.informed = false;
    if (loads.near === undefined || loads.far === undefined) return;
    this.informed = true;
    const even = nextShare(
      this.share,
      { near: loads.near, far: loads.far, nearWorth: near.worth, farWorth: far.worth },
      this.border.room / near.worth,
    );
    // Who refuses calls at once has none in flight, and would look idle.
    this.share = Math.min(Math.max(even, near.failing(nowMs) - far.failing(nowMs)), MAX_SHARE);
  }

  /** Whether the next call leaves the zone. */
  private spills(): boolean {
    const { near, far, informed } = this;
    if (!informed || near.worth === 0 || far.worth === 0) return leaves(near.calls, far.calls, this.border);
    this.due += this.share;
    if (this.due < 1) return false;
    this.due -= 1;
    return true;
  }

  private weigh(): void {
    this.stale = false;
    const { near, far } = this;
    near.weigh();
    far.weigh();
    this.border = borderOf(near, far, this.options.spillAbove);
  }

  private sideOf({ candidate }: Entry): Side {
    return candidate.zone === this.options.zone ? this.near : this.far;
  }

  private sideOfLoad({ group }: Load): Side {
    return group === this.far ? this.far : this.near;
  }

  /** Two endpoints of one pod have one load, which counts once. */
  private enter(entry: Entry): void {
    const { load } = entry;
    const side = this.sideOf(entry);
    this.places.set(entry, { side, load });
    if (load.group !== null) return;
    load.group = side;
    side.calls += load.inFlight + load.pending;
  }

  private leave(entry: Entry): Side | undefined {
    const place = this.places.get(entry);
    if (place === undefined) return undefined;
    this.places.delete(entry);
    const { side, load } = place;
    if (load.group === side) {
      load.group = null;
      side.calls -= load.inFlight + load.pending;
    }
    return side;
  }
}
