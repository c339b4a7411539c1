import type { LoadReport } from '../contract.js';

/** What a server said of itself, as far as it can be believed: every figure is finite and ≥ 0. */
export interface Reported {
  /** When the report came (epoch ms). */
  atMs: number;
  /** Calls in flight at the server, those of this process among them; undefined: not said. */
  inFlight: number | undefined;
  /** This process's calls in flight at that moment. */
  ownInFlight: number;
  /** How long the server takes for a call at its present load; undefined: not said. */
  latencyMs: number | undefined;
  /** It said that it has no calls at present: its latency is that of long ago. */
  idle: boolean;
  /** What gRFC A58 computes weights from. */
  utilization: number;
  rps: number;
  eps: number;
  /** When a weight could first be computed without a break since (epoch ms); Infinity: not yet. */
  nonEmptySinceMs: number;
  /** When a weight could last be computed; -Infinity: never. */
  usableAtMs: number;
}

function figure(value: number | undefined): number | undefined {
  return value !== undefined && Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** Takes a report in; what is no figure in it (NaN, negative, infinite) counts as not said. */
export function takeReport(
  before: Reported | null,
  report: LoadReport,
  { nowMs, ownInFlight }: { readonly nowMs: number; readonly ownInFlight: number },
): Reported {
  const application = figure(report.applicationUtilization) ?? 0;
  const utilization = application > 0 ? application : (figure(report.cpuUtilization) ?? 0);
  const rps = figure(report.rps) ?? 0;
  const usable = utilization > 0 && rps > 0;
  const reported = before ?? {
    atMs: nowMs,
    inFlight: undefined,
    ownInFlight,
    latencyMs: undefined,
    idle: false,
    utilization: 0,
    rps: 0,
    eps: 0,
    nonEmptySinceMs: Number.POSITIVE_INFINITY,
    usableAtMs: Number.NEGATIVE_INFINITY,
  };
  reported.atMs = nowMs;
  reported.inFlight = figure(report.requestsInFlight);
  reported.ownInFlight = ownInFlight;
  reported.latencyMs = figure(report.latencyMs);
  reported.idle = report.rps === 0;
  // gRFC A58: a report without utilization or rps is as none; the weight of the last good one stays until it expires.
  if (!usable) return reported;
  reported.utilization = utilization;
  reported.rps = rps;
  reported.eps = Math.min(figure(report.eps) ?? 0, rps);
  if (reported.nonEmptySinceMs === Number.POSITIVE_INFINITY) reported.nonEmptySinceMs = nowMs;
  reported.usableAtMs = nowMs;
  return reported;
}
