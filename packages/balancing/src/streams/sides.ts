import type { Entry } from '../candidates/entry.js';
import type { PreferZoneConfig } from '../config/config.js';
import { type Border, borderOf, leaves, staying } from '../zone/spill.js';
import { cheapest, type Moment, orOther } from './cheapest.js';
import { failedLately } from './early.js';
import { targetsOf } from './targets.js';

/** Where streams are preferred. */
export interface PreferredZone extends PreferZoneConfig {
  /** The zone of the client. */
  readonly zone: string;
}

/** Null: no zone is preferred, or that of the client is not known. */
export function preferredZone(
  config: PreferZoneConfig | null,
  zone: string | undefined,
): PreferredZone | null {
  return config === null || zone === undefined ? null : { ...config, zone };
}

/** Streams that are open there, or picked. */
function streamsOf(entries: readonly Entry[]): number {
  let sum = 0;
  for (const { load } of entries) sum += load.streams.open + load.streams.pending;
  return sum;
}

function worthOf(entries: readonly Entry[]): number {
  let sum = 0;
  for (const { worth } of entries) sum += worth;
  return sum;
}

/**
 * The entries among which streams are spread, on two sides: those of the zone that the client prefers, and the others.
 * Without such a zone all are on the near side. Each knows its seat, so that adding and removing are O(1).
 */
export class Sides {
  private readonly preferred: PreferredZone | null;
  private readonly near: Entry[] = [];
  private readonly far: Entry[] = [];

  constructor(preferred: PreferredZone | null) {
    this.preferred = preferred;
  }

  /** The near ones first. */
  get entries(): readonly Entry[] {
    return this.far.length === 0 ? this.near : [...this.near, ...this.far];
  }

  add(entry: Entry): void {
    const side = this.sideOf(entry);
    entry.seat = side.length;
    side.push(entry);
  }

  /** False: it was on neither side. */
  remove(entry: Entry): boolean {
    const hole = entry.seat;
    if (hole < 0) return false;
    const side = this.near[hole] === entry ? this.near : this.far;
    entry.seat = -1;
    const last = side.pop();
    if (last === undefined || last === entry) return true;
    side[hole] = last;
    last.seat = hole;
    return true;
  }

  /** Its zone may be another. */
  moved(entry: Entry): void {
    if (this.remove(entry)) this.add(entry);
  }

  /** Where the next stream begins. */
  next(moment: Moment): Entry | undefined {
    const near = cheapest(this.near, moment);
    if (near !== undefined && this.far.length === 0) return near;
    const far = cheapest(this.far, moment);
    if (near === undefined || far === undefined) return near ?? far;
    const nearFails = failedLately(near.load.streams, moment.nowMs);
    if (nearFails !== failedLately(far.load.streams, moment.nowMs)) return nearFails ? far : near;
    const goes = leaves(streamsOf(this.near), streamsOf(this.far), this.border());
    // A zone that ends all streams at once has room always.
    return goes ? orOther(far, near, moment) : orOther(near, far, moment);
  }

  /** How many of `total` streams each of `entries` would have if they had been opened one after the other. */
  targets(total: number): number[] {
    const stay = this.staying(total);
    return [...targetsOf(this.near, stay), ...targetsOf(this.far, total - stay)];
  }

  /** The same without rounding to whole streams. */
  shares(total: number): number[] {
    const stay = this.staying(total);
    const share = (entries: readonly Entry[], streams: number): number[] => {
      const sum = worthOf(entries);
      return entries.map(({ worth }) => (streams * worth) / sum);
    };
    return [...share(this.near, stay), ...share(this.far, total - stay)];
  }

  private staying(total: number): number {
    return this.far.length === 0 ? total : staying(total, this.border());
  }

  private border(): Border {
    const { near, far, preferred } = this;
    return borderOf(
      { worth: worthOf(near), endpoints: near.length },
      { worth: worthOf(far), endpoints: far.length },
      preferred?.spillAbove ?? 0,
    );
  }

  private sideOf({ candidate }: Entry): Entry[] {
    return this.preferred === null || candidate.zone === this.preferred.zone ? this.near : this.far;
  }
}
