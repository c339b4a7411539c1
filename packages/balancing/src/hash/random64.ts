import type { Random } from '../contract.js';

/** A random number of 64 bits, from two draws. */
export function random64(random: Random): bigint {
  const half = (): bigint => BigInt(Math.floor(random() * 4_294_967_296));
  return (half() << 32n) | half();
}
