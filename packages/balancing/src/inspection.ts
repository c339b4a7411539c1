import type { Entry } from './candidates/entry.js';
import type { Load } from './candidates/loads.js';
import type { EndpointInspection, ReportInspection } from './contract.js';

import type { Outliers } from './outliers/outliers.js';
import { failingShare } from './pick/failing.js';
import type { SteadyClock } from './steady-clock.js';

/** What an endpoint is inspected with. */
export interface InspectionParts {
  readonly nowMs: number;
  readonly clock: SteadyClock;
  readonly outliers: Outliers | null;
}

/** What is known of an endpoint, as values that do not change any more. */
export function inspectEntry(entry: Entry, { nowMs, clock, outliers }: InspectionParts): EndpointInspection {
  const { key, load, planned, ejected, worth } = entry;
  const ejection = outliers?.ejectionOf(load) ?? null;
  return {
    key,
    why: entry.why(),
    worth: planned && !ejected ? worth : 0,
    inFlight: load.inFlight,
    streams: load.streams.open + (load.streams.movable?.told.size ?? 0),
    failing: failingShare(load, nowMs),
    ejection:
      ejection === null
        ? null
        : {
            ...ejection,
            sinceMs: clock.toHost(ejection.sinceMs),
            untilMs: clock.toHost(ejection.untilMs),
          },
    report: reportOf(load, clock),
  };
}

function reportOf({ reported }: Load, clock: SteadyClock): ReportInspection | null {
  if (reported === null) return null;
  const { atMs, inFlight, latencyMs, usableAtMs, utilization, rps, eps } = reported;
  const known = Number.isFinite(usableAtMs);
  return {
    atMs: clock.toHost(atMs),
    ...(inFlight === undefined ? {} : { requestsInFlight: inFlight }),
    ...(latencyMs === undefined ? {} : { latencyMs }),
    ...(known ? { utilization, rps, eps } : {}),
  };
}
