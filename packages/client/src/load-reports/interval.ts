/** What a report on a stream costs a client, and a call (CPU, µs): measured with grpc-js 1.14 on Node 20. */
const REPORT_MICROSECONDS = 27;
const CALL_MICROSECONDS = 157;
/** Reports may cost this part of the calls. */
const SHARE = 0.03;
/** No server is asked more often (ms). */
const LEAST_MS = 100;

/** Reports that come less often (ms) are not worth a stream: the trailers of calls tell more. */
const MOST_MS = 1000;

/**
 * How often each of `endpoints` servers should report (ms), so that all reports together cost at most 3 % of what
 * `callsPerSecond` calls cost. Null: more than `mostMs` apart, so that no stream should be open; without calls, above all.
 */
export function reportIntervalMs(endpoints: number, callsPerSecond: number, mostMs = MOST_MS): number | null {
  const reportsPerSecond = (SHARE * CALL_MICROSECONDS * callsPerSecond) / REPORT_MICROSECONDS;
  const intervalMs = Math.max(LEAST_MS, (endpoints * 1000) / reportsPerSecond);
  return intervalMs <= mostMs ? intervalMs : null;
}

/** Calls to each endpoint within the age of a report with which two thirds, or half, of the endpoints get one. */
const ASK_FROM = 1.1;
const ASK_UNTIL = 0.7;

export interface Asking {
  readonly endpoints: number;
  readonly callsPerSecond: number;
  /** What is older is not believed. */
  readonly maxAgeMs: number;
  /** Calls ask now. */
  readonly asking: boolean;
}

/**
 * Whether calls should ask for reports in their trailers: not when most of the endpoints would have none that is fresh,
 * because they are called too seldom, and not when there is nothing to choose from.
 */
export function isWorthAsking({ endpoints, callsPerSecond, maxAgeMs, asking }: Asking): boolean {
  if (endpoints < 2) return false;
  const callsEach = (callsPerSecond * maxAgeMs) / 1000 / endpoints;
  return callsEach >= (asking ? ASK_UNTIL : ASK_FROM);
}
