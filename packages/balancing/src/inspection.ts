import type { Entry } from './candidates/entry.js';
import type { EndpointInspection, ReportInspection } from './contract.js';

/** What is known of an endpoint, as values that do not change any more. */
export function inspectEntry(entry: Entry, ejection: EndpointInspection['ejection']): EndpointInspection {
  const { key, load, planned, ejected, worth } = entry;
  return {
    key,
    why: entry.why(),
    worth: planned && !ejected ? worth : 0,
    inFlight: load.inFlight,
    ejection,
    report: reportOf(entry),
  };
}

function reportOf({ load: { reported } }: Entry): ReportInspection | null {
  if (reported === null) return null;
  const { atMs, inFlight, latencyMs, usableAtMs, utilization, rps, eps } = reported;
  const known = Number.isFinite(usableAtMs);
  return {
    atMs,
    ...(inFlight === undefined ? {} : { requestsInFlight: inFlight }),
    ...(latencyMs === undefined ? {} : { latencyMs }),
    ...(known ? { utilization, rps, eps } : {}),
  };
}
