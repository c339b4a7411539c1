import { xxh64 } from '../../hash/xxh64.js';

/** A place on the ring, and the index of whom it belongs to. */
export interface Ring {
  readonly hashes: BigUint64Array;
  readonly owners: Int32Array;
}

export interface RingSize {
  readonly min: number;
  readonly max: number;
}

/**
 * The ring of gRFC A42: each endpoint has places in proportion to its weight, the lightest as many as make the whole
 * as large as `min`, but no more than `max` in all. Place i of an endpoint is the XXH64 of `key_i`.
 */
export function createRing(members: readonly { key: string; weight: number }[], size: RingSize): Ring {
  const sum = members.reduce((total, { weight }) => total + weight, 0);
  const least = members.reduce((min, { weight }) => Math.min(min, weight / sum), 1);
  const scale = Math.min(Math.ceil(least * size.min) / least, size.max);
  const places: { hash: bigint; owner: number }[] = [];
  let target = 0;
  members.forEach(({ key, weight }, owner) => {
    target += (weight / sum) * scale;
    for (let i = 0; places.length < target && i < size.max; i++) {
      places.push({ hash: xxh64(`${key}_${i}`), owner });
    }
  });
  places.sort((a, b) => (a.hash < b.hash ? -1 : 1));
  return {
    hashes: BigUint64Array.from(places, ({ hash }) => hash),
    owners: Int32Array.from(places, ({ owner }) => owner),
  };
}

/** The first place at or after `hash`, around the end. */
export function placeOf({ hashes }: Ring, hash: bigint): number {
  let low = 0;
  let high = hashes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((hashes[middle] ?? 0n) < hash) low = middle + 1;
    else high = middle;
  }
  return low === hashes.length ? 0 : low;
}
