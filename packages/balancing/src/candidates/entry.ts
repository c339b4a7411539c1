import type { Candidate, ConnectionState, Slot, Why } from '../contract.js';
import { type Role, roleOf } from './conditions.js';
import type { Load } from './loads.js';
import { weightOf } from './weight.js';

/** What a candidate's history is keyed by. */
export function historyId(candidate: Candidate): string {
  return candidate.uid ?? candidate.key;
}

/** With every field from the beginning: an object that grows later is slower to read. */
function createSlot(key: string, load: Load): Slot {
  return { key, token: load, attachment: undefined };
}

/** A candidate of the present list with what is known of it. */
export class Entry {
  readonly key: string;
  candidate: Candidate;
  role: Role;
  load: Load;
  /** What a pick of this entry returns: one object for all of them, so that a pick allocates nothing. */
  slot: Slot;
  connection: ConnectionState = 'idle';
  /** Whether the key is in the plan. */
  planned = false;
  /** Whether the policy has it. */
  listed = false;
  /** Left out because its calls fail. */
  ejected = false;
  /** Its part of the calls in proportion to the others' (> 0). */
  worth: number;
  /** Place in the policy's list, or -1. Written by the policy only. */
  index = -1;
  /** Place in the list of the streams stage, or -1; written by that stage only, as are the next two. */
  seat = -1;
  /** Its part of a stream, 0 to 1, that decides between equals; NaN before there are streams. */
  phase = Number.NaN;
  /** It came while streams were open elsewhere, and has not got its part of them yet. */
  fresh = false;
  /** What its hints say to this client; written by the zone stage only. */
  hints = 0;
  /** The update that saw this entry last. */
  generation = 0;

  constructor(candidate: Candidate, load: Load) {
    this.key = candidate.key;
    this.candidate = candidate;
    this.role = roleOf(candidate);
    this.load = load;
    this.worth = weightOf(candidate.weight);
    this.slot = createSlot(this.key, load);
  }

  /** Counts where `load` is from now on: another pod answers at the same address. */
  moveTo(load: Load): void {
    this.load = load;
    this.slot = createSlot(this.key, load);
    this.fresh = true;
  }

  why(): Why {
    if (!this.planned) return this.unplanned();
    if (this.connection !== 'ready') return this.connection;
    if (this.ejected) return 'ejected';
    return this.role === 'fallback' ? 'terminating-fallback' : 'ready';
  }

  private unplanned(): Why {
    if (this.role === 'ready') return 'not-selected';
    return this.candidate.terminating ? 'terminating' : 'not-ready';
  }
}
