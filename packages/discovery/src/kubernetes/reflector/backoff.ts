import type { Random } from '../../clock.js';

/** The first wait: client-go's value for reflectors. */
const BASE_MS = 800;
/** The cap before jitter, client-go's too. */
const CAP_MS = 30_000;
/**
 * The cap before jitter while no connection comes about. A refused connection costs an API server nothing, one that is
 * gone even less, and who waits for it wants to know soon that it is back. That is no stampede: the tries of all clients
 * are spread over 2.5 to 7.5 s, a watch goes on from its version, and an answer that is an error brings the longer waits.
 */
export const UNCONNECTED_CAP_MS = 5_000;

/**
 * The wait before the `attempt`-th try in a row (from 1): 0.8 s, doubled up to 30 s, spread over half to one and a
 * half of that, so that clients that lost the same server do not come back together. `capMs` takes the place of 30 s.
 */
export function backoffMs(attempt: number, random: Random, capMs = CAP_MS): number {
  const ms = Math.min(capMs, BASE_MS * 2 ** Math.max(0, attempt - 1));
  return ms * (0.5 + random());
}
