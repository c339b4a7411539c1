const MASK = 0xffff_ffff_ffff_ffffn;
const PRIME_1 = 0x9e37_79b1_85eb_ca87n;
const PRIME_2 = 0xc2b2_ae3d_27d4_eb4fn;
const PRIME_3 = 0x1656_67b1_9e37_79f9n;
const PRIME_4 = 0x85eb_ca77_c2b2_ae63n;
const PRIME_5 = 0x27d4_eb2f_1656_67c5n;

const encoder = new TextEncoder();

/**
 * XXH64 of a text in UTF-8, as the XXH64 specification has it: the hash that gRPC's ring hash (gRFC A42) and random
 * subsetting (A68) use in every language, so that all of them agree.
 */
export function xxh64(text: string, seed = 0n): bigint {
  const bytes = encoder.encode(text);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  let hash: bigint;
  if (bytes.length >= 32) {
    const lanes = [seed + PRIME_1 + PRIME_2, seed + PRIME_2, seed, seed - PRIME_1].map((lane) => lane & MASK);
    for (; at + 32 <= bytes.length; at += 32) {
      for (let lane = 0; lane < 4; lane++) {
        lanes[lane] = round(lanes[lane] ?? 0n, view.getBigUint64(at + 8 * lane, true));
      }
    }
    hash = converge(lanes);
  } else {
    hash = (seed + PRIME_5) & MASK;
  }
  return avalanche(finish((hash + BigInt(bytes.length)) & MASK, view, at));
}

function rotate(value: bigint, bits: bigint): bigint {
  return ((value << bits) | (value >> (64n - bits))) & MASK;
}

function round(lane: bigint, input: bigint): bigint {
  return (rotate((lane + input * PRIME_2) & MASK, 31n) * PRIME_1) & MASK;
}

function converge(lanes: readonly bigint[]): bigint {
  const [a = 0n, b = 0n, c = 0n, d = 0n] = lanes;
  let hash = (rotate(a, 1n) + rotate(b, 7n) + rotate(c, 12n) + rotate(d, 18n)) & MASK;
  for (const lane of lanes) hash = ((hash ^ round(0n, lane)) * PRIME_1 + PRIME_4) & MASK;
  return hash;
}

/** The bytes that fill no stripe. */
function finish(start: bigint, view: DataView, from: number): bigint {
  let hash = start;
  let at = from;
  for (; at + 8 <= view.byteLength; at += 8) {
    hash = (rotate(hash ^ round(0n, view.getBigUint64(at, true)), 27n) * PRIME_1 + PRIME_4) & MASK;
  }
  if (at + 4 <= view.byteLength) {
    hash ^= (BigInt(view.getUint32(at, true)) * PRIME_1) & MASK;
    hash = (rotate(hash, 23n) * PRIME_2 + PRIME_3) & MASK;
    at += 4;
  }
  for (; at < view.byteLength; at++) {
    hash ^= (BigInt(view.getUint8(at)) * PRIME_5) & MASK;
    hash = (rotate(hash, 11n) * PRIME_1) & MASK;
  }
  return hash;
}

function avalanche(start: bigint): bigint {
  let hash = start;
  hash = ((hash ^ (hash >> 33n)) * PRIME_2) & MASK;
  hash = ((hash ^ (hash >> 29n)) * PRIME_3) & MASK;
  return hash ^ (hash >> 32n);
}
