import type { Candidate } from '../contract.js';
import { type Role, roleOf } from './conditions.js';
import { Entry, historyId } from './entry.js';
import type { Loads } from './loads.js';

/** Told of every entry that may have entered or left the plan. */
export interface RosterListener {
  added(entry: Entry): void;
  /** Its candidate is another object now; `before` is the role that it had. */
  changed(entry: Entry, before: Role): void;
  removed(entry: Entry): void;
}

/**
 * The present list. An update compares it with the list before from both ends by `===` and looks up only what lies
 * between, so a change in one place of a sorted list costs N pointer comparisons and a few look-ups.
 */
export class Roster {
  private readonly byKey = new Map<string, Entry>();
  private readonly loads: Loads;
  private readonly listener: RosterListener;
  private list: readonly Candidate[] = [];
  private generation = 0;
  /** Entries whose conditions make them pickable without a fallback. */
  readyCount = 0;

  constructor(loads: Loads, listener: RosterListener) {
    this.loads = loads;
    this.listener = listener;
  }

  get(key: string): Entry | undefined {
    return this.byKey.get(key);
  }

  entries(): Iterable<Entry> {
    return this.byKey.values();
  }

  update(candidates: readonly Candidate[]): void {
    const before = this.list;
    if (candidates === before) return;
    const shorter = Math.min(before.length, candidates.length);
    let head = 0;
    while (head < shorter && before[head] === candidates[head]) head++;
    if (head === before.length && head === candidates.length) return;
    let tail = 0;
    while (
      tail < shorter - head &&
      before[before.length - 1 - tail] === candidates[candidates.length - 1 - tail]
    ) {
      tail++;
    }
    // Two candidates with one key: what lies outside the changed part is no longer known to be the winner.
    const duplicates = this.byKey.size !== before.length;
    this.replace(
      duplicates ? before : before.slice(head, before.length - tail),
      duplicates ? candidates : candidates.slice(head, candidates.length - tail),
    );
    this.list = candidates.slice();
    if (!duplicates && this.byKey.size !== candidates.length) this.replace([], candidates);
  }

  /** The first candidate of a key wins. */
  private replace(before: readonly Candidate[], after: readonly Candidate[]): void {
    const generation = ++this.generation;
    for (const candidate of after) {
      const entry = this.byKey.get(candidate.key);
      if (entry === undefined) this.add(candidate, generation);
      else if (entry.generation !== generation) {
        entry.generation = generation;
        if (entry.candidate !== candidate) this.change(entry, candidate);
      }
    }
    for (const candidate of before) {
      const entry = this.byKey.get(candidate.key);
      if (entry !== undefined && entry.generation !== generation) this.remove(entry);
    }
  }

  private add(candidate: Candidate, generation: number): void {
    const entry = new Entry(candidate, this.loads.acquire(historyId(candidate)));
    entry.generation = generation;
    this.byKey.set(entry.key, entry);
    if (entry.role === 'ready') this.readyCount++;
    this.listener.added(entry);
  }

  private change(entry: Entry, candidate: Candidate): void {
    if (historyId(entry.candidate) !== historyId(candidate)) {
      const old = entry.load;
      entry.moveTo(this.loads.acquire(historyId(candidate)));
      this.loads.release(old);
    }
    entry.candidate = candidate;
    const role = roleOf(candidate);
    if (entry.role === 'ready') this.readyCount--;
    if (role === 'ready') this.readyCount++;
    const before = entry.role;
    entry.role = role;
    this.listener.changed(entry, before);
  }

  private remove(entry: Entry): void {
    this.byKey.delete(entry.key);
    if (entry.role === 'ready') this.readyCount--;
    this.loads.release(entry.load);
    this.listener.removed(entry);
  }
}
