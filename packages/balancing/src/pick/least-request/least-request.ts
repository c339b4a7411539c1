import type { Entry } from '../../candidates/entry.js';
import type { Load } from '../../candidates/loads.js';
import type { Outcome } from '../../contract.js';
import { noteFailing } from '../failing.js';
import { type Choice, callsForWorth, lowest } from '../lowest.js';
import type { PolicyHost } from '../policy.js';
import { PoolPolicy } from '../pool-policy.js';

export interface LeastRequestOptions {
  /** How many entries are compared: 2 to 10. */
  readonly choiceCount: number;
}

/** Compares a few entries drawn at random and takes the one with the fewest calls for its worth. */
export class LeastRequest extends PoolPolicy {
  private readonly choice: Choice;

  constructor({ choiceCount }: LeastRequestOptions, host: PolicyHost) {
    super(host);
    const { now, random } = host;
    this.choice = { choiceCount, random, now, cost: callsForWorth };
  }

  pick(): Entry | undefined {
    return lowest(this.pool, this.choice);
  }

  ended(load: Load, outcome: Outcome): void {
    noteFailing(load, outcome, this.host.now);
  }
}
