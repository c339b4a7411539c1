import type { KubeObject } from '../../objects.js';
import { tooOldResourceVersion } from '../refusals.js';
import type { StoreEvent } from '../store.js';

/** The changes of the recent past, in order, for watches and lists that start at an older resourceVersion. */
export class EventHistory {
  readonly #limit: number;
  #events: StoreEvent[] = [];
  #compacted: number;

  /** Keeps about `limit` events (never fewer, up to a tenth more). */
  constructor(limit: number, firstVersion: number) {
    this.#limit = limit;
    this.#compacted = firstVersion;
  }

  /** Changes up to and including this version are forgotten. */
  get compactedVersion(): number {
    return this.#compacted;
  }

  append(event: StoreEvent): void {
    this.#events.push(event);
    // Trimming by tenths keeps the cost of moving the array off most writes.
    if (this.#events.length > this.#limit * 1.1 + 1) this.#drop(this.#events.length - this.#limit);
  }

  /** Forgets every change up to and including `version`. */
  compact(version: number): void {
    this.#drop(this.#indexAfter(version));
    this.#compacted = Math.max(this.#compacted, version);
  }

  /** Changes of one resource after `version`; throws 410 Expired when some of them are forgotten. */
  since(resource: string, version: number): StoreEvent[] {
    if (version < this.#compacted) throw tooOldResourceVersion(version, this.#compacted);
    return this.#events.slice(this.#indexAfter(version)).filter((event) => event.resource === resource);
  }

  /** Turns `current` (by key) back into what it was at `version`; throws 410 Expired when that is forgotten. */
  rewind(
    resource: string,
    current: ReadonlyMap<string, KubeObject>,
    version: number,
  ): Map<string, KubeObject> {
    const past = new Map(current);
    for (const event of this.since(resource, version).reverse()) {
      const key = objectKey(event.object.metadata.namespace, event.object.metadata.name);
      if (event.old) past.set(key, event.old);
      else past.delete(key);
    }
    return past;
  }

  #drop(count: number): void {
    const dropped = this.#events.splice(0, count);
    const last = dropped.at(-1);
    if (last) this.#compacted = last.resourceVersion;
  }

  #indexAfter(version: number): number {
    let low = 0;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#events[middle]!.resourceVersion <= version) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The key under which an object is stored and sorted: the order is that of etcd. */
export function objectKey(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`;
}
