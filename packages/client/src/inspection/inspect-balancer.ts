import type { EndpointInspection, Pipeline } from '@fairlead/balancing';
import type { Connection } from '../balancing/connection.js';
import type { KnownCandidate } from '../handover/attributes.js';
import type { ChannelEndpoint } from './inspection.js';
import { identityOf } from './open-channels.js';

/** What of a balancer its endpoints are told from. */
export interface BalancerParts {
  readonly pipeline: Pipeline | null;
  readonly candidates: readonly KnownCandidate[];
  readonly connections: ReadonlyMap<string, Connection>;
  /** Interval of the stream of load reports that is open to a key (ms). */
  reportStreamMs(key: string): number | null;
  /** The time that the pipeline goes by. */
  readonly nowMs: number;
}

/** Every endpoint of a balancer's list, with what its pipeline and its connections know of it. */
export function inspectEndpoints(parts: BalancerParts): ChannelEndpoint[] {
  const known = new Map(parts.pipeline?.inspect?.().endpoints.map((each) => [each.key, each]));
  const byKey = new Map<string, ChannelEndpoint>();
  for (const candidate of parts.candidates) {
    // The first of several with one key counts.
    if (!byKey.has(candidate.key)) byKey.set(candidate.key, inspect(candidate, known, parts));
  }
  return [...byKey.values()];
}

function inspect(
  candidate: KnownCandidate,
  known: ReadonlyMap<string, EndpointInspection>,
  { connections, reportStreamMs, nowMs }: BalancerParts,
): ChannelEndpoint {
  const { key } = candidate;
  const decided = known.get(key);
  const connection = connections.get(key);
  const report = decided?.report ?? null;
  return {
    ...identityOf(candidate),
    why: decided?.why ?? null,
    connection:
      connection === undefined ? null : { state: connection.state, sinceMs: connection.stateSinceMs },
    worth: decided?.worth ?? null,
    inFlight: decided?.inFlight ?? null,
    streams: decided?.streams ?? null,
    failing: decided?.failing ?? null,
    ejection: decided?.ejection ?? null,
    report: report === null ? null : { ...report, ageMs: Math.max(0, nowMs - report.atMs) },
    reportStreamMs: reportStreamMs(key),
  };
}
