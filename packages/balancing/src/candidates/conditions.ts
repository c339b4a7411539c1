import type { Candidate } from '../contract.js';

/** What a candidate's conditions allow. */
export type Role =
  /** May be picked. */
  | 'ready'
  /** May be picked while no candidate is ready. */
  | 'fallback'
  /** May not be picked. */
  | 'out';

/**
 * Reads the conditions. A Service with `publishNotReadyAddresses` says `ready: true` even of a terminating pod, so
 * `terminating` is looked at first.
 *
 * KEP-1672: traffic goes to endpoints that are serving and terminating only when no endpoint is ready.
 */
export function roleOf(candidate: Candidate): Role {
  if (!candidate.terminating) return candidate.ready ? 'ready' : 'out';
  return candidate.serving ? 'fallback' : 'out';
}
