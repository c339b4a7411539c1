import type { Entry } from '../../candidates/entry.js';
import type { Random } from '../../contract.js';
import type { PickPolicy, PolicyHost } from '../policy.js';
import { evenWorth } from '../pool.js';
import { Deadlines } from './deadlines.js';

/**
 * Takes turns. `entries[0, next)` had their turn in this round and `[next, length)` have not; adding and removing
 * keep that division, so nobody is asked twice in a round or left out of one because somebody else came or went. The
 * first round needs no random start: `add` shuffles. While some are worth more than others, the earliest deadline goes
 * first instead, and turns come in proportion to the worth.
 */
export class RoundRobin implements PickPolicy {
  private readonly entries: Entry[] = [];
  private readonly random: Random;
  private next = 0;
  private deadlines: Deadlines | null = null;
  private stale = false;

  constructor({ random }: PolicyHost) {
    this.random = random;
  }

  /**
   * Puts the entry at a random place of the round: clients that see it together do not hit it together. Where that
   * place is over, its turn comes in the next round; among those still to come alone it would have up to as many first
   * calls as there are clients.
   */
  add(entry: Entry): void {
    const { entries } = this;
    const last = entries.length;
    if (this.deadlines !== null || (last > 0 && entries[0]?.worth !== entry.worth)) this.stale = true;
    entries.push(entry);
    entry.index = last;
    const place = this.next + Math.floor(this.random() * entries.length);
    if (place <= last) {
      this.swap(last, place);
      return;
    }
    this.swap(last, this.next);
    this.swap(this.next, place - last);
    this.next += 1;
  }

  remove(entry: Entry): void {
    let hole = entry.index;
    if (hole < 0) return;
    entry.index = -1;
    if (this.deadlines !== null) this.stale = true;
    const last = this.entries.length - 1;
    if (hole < this.next) {
      this.next--;
      this.move(this.next, hole);
      hole = this.next;
    }
    this.move(last, hole);
    this.entries.length = last;
  }

  reweigh(): void {
    this.stale = true;
  }

  pick(): Entry | undefined {
    if (this.stale) this.refresh();
    const { entries } = this;
    if (this.deadlines !== null) return entries[this.deadlines.next()];
    const n = entries.length;
    if (n === 0) return undefined;
    if (this.next >= n) this.next = 0;
    return entries[this.next++];
  }

  private refresh(): void {
    this.stale = false;
    const weights = this.entries.map((entry) => entry.worth);
    this.deadlines = evenWorth(this.entries) ? null : new Deadlines(weights, this.random);
  }

  private swap(i: number, j: number): void {
    const { entries } = this;
    const a = entries[i];
    const b = entries[j];
    if (a === undefined || b === undefined) return;
    entries[i] = b;
    b.index = i;
    entries[j] = a;
    a.index = j;
  }

  private move(from: number, to: number): void {
    const entry = this.entries[from];
    if (entry === undefined || from === to) return;
    this.entries[to] = entry;
    entry.index = to;
  }
}
