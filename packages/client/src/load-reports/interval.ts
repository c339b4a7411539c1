/**
 * What a report on a stream costs a client, and a call (CPU, µs): measured at 1,000 calls a second with grpc-js 1.14 on Node
 * 20. A report comes alone and wakes a process that has nothing else to do.
 */
const REPORT_MICROSECONDS = 250;
const CALL_MICROSECONDS = 180;
/**
 * Reports on streams may cost this part of the calls. So little because streams cost more than their reports: where one is
 * open, each call of a client that makes unary calls only was some percent dearer.
 */
const SHARE = 0.005;
/** No server is asked more often (ms). */
const LEAST_MS = 100;

/** Reports that come less often (ms) are not worth a stream: the trailers of calls tell more. */
const MOST_MS = 1000;

/**
 * How often each of `endpoints` servers should report on a stream (ms), so that all reports together cost at most 0.5 % of
 * what `callsPerSecond` calls cost. Null: more than `mostMs` apart, so that no stream should be open; without calls, above
 * all.
 */
export function reportIntervalMs(endpoints: number, callsPerSecond: number, mostMs = MOST_MS): number | null {
  const reportsPerSecond = (SHARE * CALL_MICROSECONDS * callsPerSecond) / REPORT_MICROSECONDS;
  const intervalMs = Math.max(LEAST_MS, (endpoints * 1000) / reportsPerSecond);
  return intervalMs <= mostMs ? intervalMs : null;
}

/**
 * Calls to each endpoint within the age of a report from which on it is asked for, and with fewer than which no more: with
 * them about 60 %, and half, of the endpoints have a fresh one. Where the part that matters is 80 %, chance brings it about.
 */
const ASK_FROM = 0.9;
const ASK_UNTIL = 0.7;
/**
 * A call that brings a report costs 5 to 10 % more than one that does not. Of more than so many calls to each endpoint
 * within the age of a report only some ask.
 */
const ENOUGH = 5;

export interface Asking {
  readonly endpoints: number;
  readonly callsPerSecond: number;
  /** What is older is not believed. */
  readonly maxAgeMs: number;
  /** Calls ask now. */
  readonly asking: boolean;
}

/**
 * Every how many-th call should ask for a report in its trailers. 0: none, because most of the endpoints would have no
 * report that is fresh, or there is nothing to choose from.
 */
export function askEvery({ endpoints, callsPerSecond, maxAgeMs, asking }: Asking): number {
  if (endpoints < 2) return 0;
  const callsEach = (callsPerSecond * maxAgeMs) / 1000 / endpoints;
  return callsEach < (asking ? ASK_UNTIL : ASK_FROM) ? 0 : Math.max(1, Math.round(callsEach / ENOUGH));
}
