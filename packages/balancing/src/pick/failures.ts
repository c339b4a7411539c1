import type { Outcome } from '../contract.js';

const CANCELLED = 1;
const UNKNOWN = 2;
const DEADLINE_EXCEEDED = 4;
const RESOURCE_EXHAUSTED = 8;
const INTERNAL = 13;
const UNAVAILABLE = 14;
const DATA_LOSS = 15;

/** Whether the call ended because its deadline did: a silent endpoint, or a slow one. */
export function timedOut({ code }: Outcome): boolean {
  return code === DEADLINE_EXCEEDED;
}

/**
 * Whether the endpoint failed the call, as opposed to answering that the request is wrong (NOT_FOUND,
 * INVALID_ARGUMENT …) or that it has too much to do (RESOURCE_EXHAUSTED).
 */
export function failed({ code }: Outcome): boolean {
  return code === UNAVAILABLE || code === INTERNAL || code === UNKNOWN || code === DATA_LOSS;
}

/** Whether how long the call took says nothing good of the endpoint: it failed, or was refused before it was looked at. */
export function unserved(outcome: Outcome): boolean {
  return failed(outcome) || timedOut(outcome) || outcome.code === RESOURCE_EXHAUSTED;
}

/** Whether a stream ended as its client meant it to: cancelled, or after the time that it was to last. */
export function endedByClient({ code, streaming }: Outcome): boolean {
  return streaming && (code === CANCELLED || code === DEADLINE_EXCEEDED);
}
