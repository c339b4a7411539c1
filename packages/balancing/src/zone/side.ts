import type { Entry } from '../candidates/entry.js';
import type { CallGroup } from '../candidates/loads.js';
import { failingShare } from '../pick/failing.js';
import type { PickPolicy } from '../pick/policy.js';

/** How long a report is believed (ms): what was in flight a second ago says nothing of now. */
const REPORT_MAX_AGE_MS = 1000;
/** The part of the endpoints with a fresh report from which on reports speak for all. */
const ENOUGH_REPORTS = 0.5;
/** How many times the next greatest load the greatest may be: servers of one side are called alike. */
const MAX_LEAD = 2;

/** The listed endpoints of one side of the border of a zone, with the policy that picks from them. */
export class Side implements CallGroup {
  readonly policy: PickPolicy;
  readonly entries = new Set<Entry>();
  calls = 0;
  /** Sum of the worth of its entries. */
  worth = 0;

  constructor(policy: PickPolicy) {
    this.policy = policy;
  }

  add(entry: Entry): void {
    this.entries.add(entry);
    this.policy.add(entry);
  }

  remove(entry: Entry): void {
    this.entries.delete(entry);
    this.policy.remove(entry);
  }

  get endpoints(): number {
    return this.entries.size;
  }

  weigh(): void {
    this.worth = 0;
    for (const { worth } of this.entries) this.worth += worth;
  }

  /** Part of this process's last calls that these servers failed or refused, 0 to 1. */
  failing(nowMs: number): number {
    let sum = 0;
    for (const { load, worth } of this.entries) sum += failingShare(load, nowMs) * worth;
    return this.worth === 0 ? 0 : sum / this.worth;
  }

  /**
   * Calls in flight per worth as the servers report them, those of all clients; undefined: too few do. The greatest load
   * counts as no more than twice the next, and a call: one server that lies must not send the calls of all away.
   */
  reportedLoad(nowMs: number): number | undefined {
    let fresh = 0;
    let worth = 0;
    /** Of all but the greatest load. */
    let calls = 0;
    let next = 0;
    let greatest = { load: 0, worth: 0 };
    for (const entry of this.entries) {
      const { reported } = entry.load;
      if (reported?.inFlight === undefined) continue;
      const ageMs = nowMs - reported.atMs;
      if (ageMs < 0 || ageMs > REPORT_MAX_AGE_MS) continue;
      fresh += 1;
      worth += entry.worth;
      const load = reported.inFlight / entry.worth;
      const [less, more] =
        load > greatest.load
          ? [greatest, { load, worth: entry.worth }]
          : [{ load, worth: entry.worth }, greatest];
      calls += less.load * less.worth;
      next = Math.max(next, less.load);
      greatest = more;
    }
    if (fresh === 0 || fresh < this.entries.size * ENOUGH_REPORTS) return undefined;
    const most = fresh === 1 ? greatest.load : MAX_LEAD * next + 1 / greatest.worth;
    return (calls + Math.min(greatest.load, most) * greatest.worth) / worth;
  }
}
