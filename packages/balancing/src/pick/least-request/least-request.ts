import type { Entry } from '../../candidates/entry.js';
import { type Choice, lowest } from '../lowest.js';
import type { PickPolicy, PolicyHost } from '../policy.js';
import { Pool } from '../pool.js';

export interface LeastRequestOptions {
  /** How many entries are compared: 2 to 10. */
  readonly choiceCount: number;
}

/** Compares a few entries drawn at random and takes the one with the fewest calls for its worth. */
export class LeastRequest implements PickPolicy {
  private readonly pool: Pool;
  private readonly choice: Choice;

  constructor({ choiceCount }: LeastRequestOptions, host: PolicyHost) {
    this.pool = new Pool(host.random);
    this.choice = { choiceCount, random: host.random, cost };
  }

  add(entry: Entry): void {
    this.pool.add(entry);
  }

  remove(entry: Entry): void {
    this.pool.remove(entry);
  }

  reweigh(): void {
    this.pool.reweigh();
  }

  pick(): Entry | undefined {
    return lowest(this.pool, this.choice);
  }
}

/** Equal loads, at rest above all, fall to the one drawn first, so that the shares follow the worth. */
function cost(entry: Entry): number {
  return (entry.load.inFlight + entry.load.pending) / entry.worth;
}
