import type { Candidate } from '../contract.js';

/** Where a client runs. */
export interface Location {
  readonly zone?: string | undefined;
  readonly node?: string | undefined;
}

/** What the hints of a candidate say to one client: bits. */
const NODE_HINTED = 1;
const FOR_NODE = 2;
const ZONE_HINTED = 4;
const FOR_ZONE = 8;
/** It is counted: it is ready. */
const COUNTED = 16;
const BITS = [NODE_HINTED, FOR_NODE, ZONE_HINTED, FOR_ZONE, COUNTED] as const;

/** Which hints decide: those for this client's node, those for its zone, or none. */
export type HintMode = 'node' | 'zone' | null;

/** Whom the counts are kept for. */
export interface Hinted {
  readonly candidate: Candidate;
  readonly role: string;
  /** As last counted. Written by `Hints` only; 0 at first. */
  hints: number;
}

/**
 * kube-proxy's rule for the hints of EndpointSlices (KEP-2433, KEP-4444, KEP-3015), all or nothing. Of the ready
 * endpoints: if each has a hint for nodes and one is for this node, those for this node. Else, if each has a hint for
 * zones and one is for this zone, those for this zone. Else all. It is kept by counting, so that an endpoint more or
 * less costs no look at the others.
 */
export class Hints {
  private readonly location: Location;
  private readonly counts = new Map<number, number>(BITS.map((bit) => [bit, 0]));

  constructor(location: Location) {
    this.location = location;
  }

  /** Which hints decide among the entries that are counted. */
  get mode(): HintMode {
    const ready = this.count(COUNTED);
    if (ready === 0) return null;
    if (this.count(NODE_HINTED) === ready && this.count(FOR_NODE) > 0) return 'node';
    return this.count(ZONE_HINTED) === ready && this.count(FOR_ZONE) > 0 ? 'zone' : null;
  }

  /** Takes in an entry that is new or has another candidate. */
  note(entry: Hinted): void {
    this.move(entry, entry.role === 'ready' ? this.read(entry.candidate) : 0);
  }

  /** Takes out an entry. */
  forget(entry: Hinted): void {
    this.move(entry, 0);
  }

  /** Whether a ready entry may be picked. */
  allows(entry: Hinted, mode: HintMode): boolean {
    if (mode === null) return true;
    return (entry.hints & (mode === 'node' ? FOR_NODE : FOR_ZONE)) !== 0;
  }

  private count(bit: number): number {
    return this.counts.get(bit) ?? 0;
  }

  private read({ forNodes = [], forZones = [] }: Candidate): number {
    const { node, zone } = this.location;
    return (
      COUNTED |
      (forNodes.length > 0 ? NODE_HINTED : 0) |
      (node !== undefined && forNodes.includes(node) ? FOR_NODE : 0) |
      (forZones.length > 0 ? ZONE_HINTED : 0) |
      (zone !== undefined && forZones.includes(zone) ? FOR_ZONE : 0)
    );
  }

  private move(entry: Hinted, hints: number): void {
    const before = entry.hints;
    if (before === hints) return;
    entry.hints = hints;
    for (const bit of BITS) {
      const change = Number((hints & bit) !== 0) - Number((before & bit) !== 0);
      if (change !== 0) this.counts.set(bit, this.count(bit) + change);
    }
  }
}
