import type { Entry } from '../../candidates/entry.js';
import type { PickContext } from '../../contract.js';
import { random64 } from '../../hash/random64.js';
import { xxh64 } from '../../hash/xxh64.js';
import { EntryList } from '../entry-list.js';
import type { PickPolicy, PolicyHost } from '../policy.js';
import { createRing, placeOf, type Ring, type RingSize } from './ring.js';

export interface RingHashOptions {
  /** The request header whose value is hashed (lower case); null: only `context.hash`. */
  readonly header: string | null;
  readonly size: RingSize;
  /** An endpoint may have this many times the mean of calls in flight before its keys go on to the next; null: any. */
  readonly boundedLoad: number | null;
}

/** Everything that is open, streams among it: all of it belongs to keys. */
function callsOf({ load }: Entry): number {
  return load.inFlight + load.pending + load.streams.open + load.streams.pending;
}

/**
 * The same key goes to the same endpoint, whoever else comes and goes (gRFC A42, header as in A76). An endpoint is
 * connected when a key first falls to it. With `boundedLoad`, consistent hashing with bounded loads (Mirrokni et al.).
 */
export class RingHash implements PickPolicy {
  readonly lazy = true;
  private readonly options: RingHashOptions;
  private readonly host: PolicyHost;
  private readonly list = new EntryList();
  private ring: Ring | null = null;

  constructor(options: RingHashOptions, host: PolicyHost) {
    this.options = options;
    this.host = host;
  }

  add(entry: Entry): void {
    this.list.add(entry);
    this.ring = null;
  }

  remove(entry: Entry): void {
    this.list.remove(entry);
    this.ring = null;
  }

  reweigh(): void {
    this.ring = null;
  }

  pick(context: PickContext): Entry | undefined {
    if (this.list.entries.length === 0) return undefined;
    this.ring ??= createRing(
      this.list.entries.map(({ key, worth }) => ({ key, weight: worth })),
      this.options.size,
    );
    return this.search(this.ring, this.hashOf(context));
  }

  /** gRFC A76: a call without the header gets a random hash. */
  private hashOf(context: PickContext): bigint {
    if (context.hash !== undefined) return BigInt.asUintN(64, context.hash);
    const value = this.options.header === null ? undefined : context.header(this.options.header);
    return value === undefined ? random64(this.host.random) : xxh64(value);
  }

  /**
   * gRFC A42: a failed endpoint gives its keys to the next on the ring; one that connects keeps them waiting. An
   * endpoint with more than its bound of calls gives them on as well, unless all have.
   */
  private search(ring: Ring, hash: bigint): Entry | undefined {
    const { owners } = ring;
    const bound = this.bound();
    const start = placeOf(ring, hash);
    let spare: Entry | undefined;
    for (let step = 0; step < owners.length; step++) {
      const entry = this.list.entries[owners[(start + step) % owners.length] ?? 0];
      if (entry === undefined || entry.connection === 'failed') continue;
      spare ??= entry;
      if (callsOf(entry) < bound * entry.worth) return entry;
    }
    return spare;
  }

  /** Calls in flight that an endpoint of worth 1 may have. */
  private bound(): number {
    const { boundedLoad } = this.options;
    if (boundedLoad === null) return Number.POSITIVE_INFINITY;
    let calls = 1;
    let worth = 0;
    for (const entry of this.list.entries) {
      calls += callsOf(entry);
      worth += entry.worth;
    }
    return Math.ceil((boundedLoad * calls) / worth);
  }
}
