import type { Entry } from '../candidates/entry.js';
import type { PickPolicy, PolicyHost } from './policy.js';
import { Pool } from './pool.js';

/** A policy that draws from a pool of all its entries. */
export abstract class PoolPolicy implements PickPolicy {
  protected readonly host: PolicyHost;
  protected readonly pool: Pool;

  constructor(host: PolicyHost) {
    this.host = host;
    this.pool = new Pool(host.random);
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

  abstract pick(): Entry | undefined;
}
