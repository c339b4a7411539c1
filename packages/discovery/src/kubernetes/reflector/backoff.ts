import type { Random } from '../../clock.js';

/** The first wait: client-go's value for reflectors. */
const BASE_MS = 800;
/** The cap before jitter, client-go's too. */
const CAP_MS = 30_000;

/**
 * The wait before the `attempt`-th try in a row (from 1): 0.8 s, doubled up to 30 s, spread over half to one and a
 * half of that, so that clients that lost the same server do not come back together.
 */
export function backoffMs(attempt: number, random: Random): number {
  const ms = Math.min(CAP_MS, BASE_MS * 2 ** Math.max(0, attempt - 1));
  return ms * (0.5 + random());
}
