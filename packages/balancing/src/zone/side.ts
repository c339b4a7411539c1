import type { Entry } from '../candidates/entry.js';
import type { CallGroup } from '../candidates/loads.js';
import type { PickPolicy } from '../pick/policy.js';

/** How long a report is believed (ms): what was in flight a second ago says nothing of now. */
const REPORT_MAX_AGE_MS = 1000;
/** The part of the endpoints with a fresh report from which on reports speak for all. */
const ENOUGH_REPORTS = 0.5;

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

  weigh(): void {
    this.worth = 0;
    for (const { worth } of this.entries) this.worth += worth;
  }

  /** Calls in flight per worth as the servers report them, those of all clients; undefined: too few do. */
  reportedLoad(nowMs: number): number | undefined {
    let fresh = 0;
    let calls = 0;
    let worth = 0;
    for (const entry of this.entries) {
      const { reported } = entry.load;
      if (reported?.inFlight === undefined) continue;
      const ageMs = nowMs - reported.atMs;
      if (ageMs < 0 || ageMs > REPORT_MAX_AGE_MS) continue;
      fresh += 1;
      calls += reported.inFlight;
      worth += entry.worth;
    }
    return fresh === 0 || fresh < this.entries.size * ENOUGH_REPORTS ? undefined : calls / worth;
  }
}
