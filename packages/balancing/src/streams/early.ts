import type { Now, Outcome } from '../contract.js';
import { endedByClient, failed } from '../pick/failures.js';
import type { StreamLoad } from './stream-load.js';

/** An endpoint at which a stream failed less than this ago comes last (ms): it has few open because it fails them. */
const FAILED_MS = 1_000;
/** A stream that its server ended sooner than this (ms) ended early: an endpoint that ends all of them so has few open. */
const EARLY_MS = 1_000;
/** Part of one more stream in the share: about the last ten count. */
const STREAM_SHARE = 0.2;
/** How long a stream that ended early counts without another one (ms). */
const MAX_AGE_MS = 10_000;

/** Notes that a stream began: as long as it is open it is none that ended early. */
export function noteStreamStart(streams: StreamLoad): void {
  if (streams.early > 0) streams.early *= 1 - STREAM_SHARE;
}

/** Notes how a stream ended. One that its client ended says nothing of the endpoint. */
export function noteStreamEnd(streams: StreamLoad, outcome: Outcome, now: Now): void {
  if (failed(outcome)) {
    streams.failedMs = now();
    return;
  }
  if (endedByClient(outcome) || !(outcome.latencyMs < EARLY_MS)) return;
  const nowMs = now();
  streams.early = Math.min(earlyShare(streams, nowMs) + STREAM_SHARE, 1);
  streams.earlyMs = nowMs;
}

/** Part of the last streams that the endpoint ended early, 0 to 1, as far as it counts now. */
export function earlyShare({ early, earlyMs }: StreamLoad, nowMs: number): number {
  return early === 0 || nowMs - earlyMs > MAX_AGE_MS ? 0 : early;
}

/** Whether a stream failed there a moment ago. */
export function failedLately({ failedMs }: StreamLoad, nowMs: number): boolean {
  return nowMs - failedMs < FAILED_MS;
}
