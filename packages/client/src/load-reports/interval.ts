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
 * `callsPerSecond` calls cost. Null: so seldom that no stream should be open; without calls, above all.
 */
export function reportIntervalMs(endpoints: number, callsPerSecond: number): number | null {
  const reportsPerSecond = (SHARE * CALL_MICROSECONDS * callsPerSecond) / REPORT_MICROSECONDS;
  const intervalMs = Math.max(LEAST_MS, (endpoints * 1000) / reportsPerSecond);
  return intervalMs <= MOST_MS ? intervalMs : null;
}
